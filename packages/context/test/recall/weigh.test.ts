import { expect, it } from 'vitest';
import { chooseTerms } from '../../src/recall/choose-terms.js';
import { gateOf, isWorthAsking, withScore } from '../../src/recall/gate.js';
import { bestPassageScore } from '../../src/recall/passage.js';
import { type Candidate, weigh } from '../../src/recall/weigh.js';
import { queryWords } from '../../src/recall/words.js';

const options = { asksAssistant: false, isRequest: false, worth: 10, hasVectors: false };
const candidate = (num: number, parts: Partial<Candidate> = {}): Candidate => ({
  num,
  role: 'user',
  isStanding: false,
  place: { conversationId: 'c', seq: num },
  score: 0,
  passageScore: null,
  cosine: null,
  ...parts,
});
const order = (candidates: readonly Candidate[], more: Partial<typeof options> = {}) =>
  weigh(candidates, { ...options, ...more }).map(({ num }) => num);

it.each<[string, Candidate[], Partial<typeof options>, number[]]>([
  ['the higher score first', [candidate(1, { score: 1 }), candidate(5, { score: 2 })], {}, [5, 1]],
  ['the newer one of equal scores first', [candidate(1, { score: 1 }), candidate(5, { score: 1 })], {}, [5, 1]],
  [
    'a user before an assistant that scores twice as much',
    [candidate(1, { score: 2, role: 'assistant' }), candidate(5, { score: 1 })],
    {},
    [5, 1],
  ],
  [
    'the assistant where it is asked for',
    [candidate(1, { score: 2, role: 'assistant' }), candidate(5, { score: 1 })],
    { asksAssistant: true },
    [1, 5],
  ],
  ['a tool as an assistant', [candidate(1, { score: 2, role: 'tool' }), candidate(5, { score: 1 })], {}, [5, 1]],
  [
    'a message beside a good one before a worse one',
    [candidate(1, { score: 4 }), candidate(2), candidate(9, { score: 1 })],
    {},
    [1, 2, 9],
  ],
  [
    'no neighbour from another conversation',
    [candidate(1, { score: 4 }), candidate(2, { place: { conversationId: 'd', seq: 2 } }), candidate(9, { score: 1 })],
    {},
    [1, 9, 2],
  ],
  [
    'a passage before words far apart',
    [candidate(1, { score: 2, passageScore: 0.5 }), candidate(5, { score: 1.5 })],
    {},
    [5, 1],
  ],
  [
    'a standing instruction twice as high for a request',
    [candidate(1, { score: 1, role: null, place: null, isStanding: true }), candidate(5, { score: 1.5 })],
    { isRequest: true },
    [1, 5],
  ],
  [
    'and no higher for a question',
    [candidate(1, { score: 1, role: null, place: null, isStanding: true }), candidate(5, { score: 1.5 })],
    {},
    [5, 1],
  ],
  [
    'vectors with a share of 0.3',
    [candidate(1, { score: 1, cosine: 0.9 }), candidate(5, { score: 1.2, cosine: 0.1 })],
    { hasVectors: true },
    [1, 5],
  ],
  [
    'a candidate without a vector as the least like one',
    [candidate(1, { score: 1 }), candidate(5, { score: 1, cosine: 0.5 })],
    { hasVectors: true },
    [5, 1],
  ],
])('orders %s', (_, candidates, more, expected) => expect(order(candidates, more)).toEqual(expected));

it('gives relevance as the share of the highest possible score, never over 1', () => {
  const [first, second] = weigh([candidate(1, { score: 11 }), candidate(5, { score: 100 })], options);
  expect([first!.relevance, second!.relevance]).toEqual([1, 0.5]);
  expect(weigh([candidate(1, { score: 11 })], { ...options, worth: 0 })[0]!.relevance).toBe(0);
});

it('scores the best passage of a long text, and none of a short one', () => {
  const terms = [
    { word: 'a', worth: 2 },
    { word: 'b', worth: 1 },
  ];
  const near = [
    { term: 0, start: 900, end: 901 },
    { term: 1, start: 950, end: 951 },
  ];
  const far = [
    { term: 0, start: 0, end: 1 },
    { term: 1, start: 950, end: 951 },
  ];
  expect(bestPassageScore(480, near, terms, 100)).toBeNull();
  expect(bestPassageScore(2_000, near, terms, 100)!).toBeGreaterThan(bestPassageScore(2_000, far, terms, 100)!);
  expect(bestPassageScore(2_000, [], terms, 100)).toBe(0);
});

it('asks for the twelve rarest words that are known, kept ones first', () => {
  const words = queryWords(
    Array.from({ length: 20 }, (_, index) => `word${'abcdefghijklmnopqrstuvwxyz'[index]}`).join(' '),
  );
  const of = new Map(words.words.map(({ word }, index) => [word, index]));
  const chosen = chooseTerms(words, { documents: 100, averageTokens: 10, of });
  expect(chosen.asked).toEqual(words.words.slice(1, 13).map(({ word }) => word));
  const quoted = queryWords('find "frequent" rareone raretwo');
  const found = chooseTerms(quoted, {
    documents: 100,
    averageTokens: 10,
    of: new Map([
      ['frequent', 90],
      ['rareone', 1],
      ['raretwo', 2],
    ]),
  });
  expect(found.asked[0]).toBe('frequent');
  expect(found.worth).toBeGreaterThan(found.terms.reduce((sum, { worth }) => sum + worth, 0)); // "find" is unknown and counts
});

it.each<[string, number[], number, number]>([
  ['0.15 before 50 questions', [0.2, 0.2], 49, 0.15],
  ['what 75 % of the scores lie below', Array.from({ length: 100 }, (_, index) => index / 400), 100, 0.1875],
  ['at least 0.10', [0.01, 0.02], 60, 0.1],
  ['at most 0.25', [0.6, 0.7], 60, 0.25],
  ['0.15 without scores', [], 60, 0.15],
])('sets the gate to %s', (_, scores, seen, expected) => expect(gateOf({ scores, seen })).toBeCloseTo(expected, 3));

it('keeps the last 200 scores', () => {
  let history = { scores: [] as readonly number[], seen: 0 };
  for (let turn = 0; turn < 250; turn++) history = withScore(history, turn / 1_000);
  expect([history.scores.length, history.scores[0], history.seen]).toEqual([200, 0.05, 250]);
});

it.each([
  ['Thanks, that helped a lot!', false],
  ['ok', false],
  ['continue TALE-12', true],
  ['the invoice layout broke again', true],
])('"%s" is worth asking unasked: %s', (text, expected) => expect(isWorthAsking(queryWords(text))).toBe(expected));
