import { expect, it } from 'vitest';
import { queryWords } from '../../src/recall/words.js';

const wordsOf = (text: string) => queryWords(text).words.map(({ word }) => word);

it.each<[string, string, string[]]>([
  ['stop words are left out', 'What is the name of my dog?', ['name', 'dog']],
  ['a question of stop words alone keeps them', 'What should I do?', ['what', 'should', 'i', 'do']],
  ['each word counts once by its stem', 'test tests Testing café CAFE', ['test', 'café']],
  [
    'an id is a run beside its words',
    'why did TALE-1234 fail',
    ['tale-1234', 'why', 'tale', '1234', 'fail'].filter((word) => word !== 'why'),
  ],
  ['a file is an id', 'open src/window/fit.ts', ['src/window/fit.ts', 'open', 'src', 'window', 'fit', 'ts']],
  [
    'what is quoted is kept, stop words too',
    'who said "to be or not"',
    ['to be or not', 'said', 'to', 'be', 'or', 'not'],
  ],
  ['alphabets without spaces give pairs', '東京の天気', ['東京', '京の', 'の天', '天気']],
  ['other alphabets stay whole', 'Где моя книга', ['где', 'моя', 'книга']],
  ['signs alone give nothing', '?!? … ---', []],
  ['an empty text gives nothing', '', []],
  ['syntax of the index is plain text', 'NEAR(a* OR "b") AND text:c', ['near', 'b', 'text', 'c']],
])('%s', (_, text, expected) => expect(wordsOf(text)).toEqual(expected));

it.each([
  ['and/or', false],
  ['e.g. this', false],
  ['long-term plan', false],
  ['commit a1b2c3d', true],
  ['deadbeef', false],
  ['MAX_VALUE', true],
  ['ABC-12', true],
])('"%s" names an id: %s', (text, hasId) => expect(queryWords(text).hasId).toBe(hasId));

it.each([
  ['What did you recommend for the header?', true],
  ['You suggested a library last week, which one?', true],
  ['Was hast du mir empfohlen?', true],
  ['Can you recommend a library?', false],
  ['What did I recommend?', false],
])('"%s" asks for what the assistant said: %s', (text, expected) =>
  expect(queryWords(text).asksAssistant).toBe(expected),
);

it.each([
  ['How do I reset my password?', true],
  ['Can you help me plan the trip?', true],
  ['Write me a poem about rain', true],
  ['How many times did I ask for help?', false],
  ['Have I used Flask before? Can you check?', false],
  ['The sky is blue', false],
])('"%s" is a request: %s', (text, expected) => expect(queryWords(text).isRequest).toBe(expected));

it('expects "never" in answers to whether somebody has done something', () => {
  expect(queryWords('Have I ever used Flask?').expansions).toEqual(['never']);
  expect(queryWords('Do I use Flask?').expansions).toEqual([]);
});

it('counts content words without ids', () => {
  expect(queryWords('thanks a lot').contentWords).toBe(0);
  expect(queryWords('the invoice layout').contentWords).toBe(2);
  expect(queryWords('status of TALE-12').contentWords).toBe(1);
});

it('takes a question of a million characters apart, its beginning and its end', () => {
  const text = `alpha ${'lorem ipsum dolor '.repeat(60_000)} omega`;
  const { words } = queryWords(text);
  expect(words.map(({ word }) => word)).toEqual(expect.arrayContaining(['alpha', 'omega']));
});

it('keeps at most 64 words', () => {
  const text = Array.from({ length: 300 }, (_, index) => `word${String.fromCharCode(97 + (index % 26))}${index}`).join(
    ' ',
  );
  expect(queryWords(text).words).toHaveLength(64);
});

it.each([
  ['Give me a summary of the project.', true],
  ['Can you list the order in which I brought up the topics?', true],
  ['How has the plan changed over time?', true],
  ['How many different vendors did I name?', true],
  ['What came up throughout our conversations?', true],
  ['How many eggs did I buy?', false],
  ['In which city is the office?', false],
  ['What was in the order of March?', false],
])('"%s" asks for much: %s', (text, isBroad) => expect(queryWords(text).isBroad).toBe(isBroad));
