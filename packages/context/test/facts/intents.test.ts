import { expect, it } from 'vitest';
import { readQuestion } from '../../src/facts/intents.js';
import { writtenQuestions } from './questions.js';

const all = Object.entries(writtenQuestions).flatMap(([language, rows]) =>
  rows.map(([text, intent]) => ({ language, text, intent })),
);

it('reads at least 95 of 100 written questions rightly and takes no other text for one', () => {
  const wrong = all.filter(({ text, intent }) => (readQuestion(text)?.intent ?? null) !== intent);
  const taken = wrong.filter(({ intent }) => intent === null);
  expect(all.length).toBeGreaterThanOrEqual(200);
  expect(all.filter(({ intent }) => intent === null).length).toBeGreaterThanOrEqual(100);
  expect(taken).toEqual([]);
  expect(wrong.length / all.length, JSON.stringify(wrong, null, 1)).toBeLessThanOrEqual(0.05);
});

it.each(all.filter(({ intent }) => intent !== null && intent !== 'task-by-id'))(
  'knows the language of "$text"',
  ({ language, text, intent }) => {
    const found = readQuestion(text);
    // "status" and the like are the same in two languages: the first one wins.
    if (found)
      expect([found.intent, text.toLowerCase() === 'status' ? language : found.language]).toEqual([intent, language]);
  },
);

it.each([
  ['What did I say about the invoice layout?', 'the invoice layout'],
  ['Was habe ich über die Rechnung gesagt?', 'die Rechnung'],
  ["Qu'est-ce que j'ai dit sur la facture ?", 'la facture'],
  ['¿Qué dije sobre la factura?', 'la factura'],
])('finds the topic of "%s"', (text, topic) => {
  expect(readQuestion(text)).toMatchObject({ intent: 'said-about', topic });
});

it('gives the beginning of an id in upper case', () => {
  expect(readQuestion('status of task 01jabcd')).toMatchObject({ intent: 'task-by-id', idPrefix: '01JABCD' });
});

it.each(['a'.repeat(201), 'status\nplease', '`status`', 'What did I say about it?'])(
  'leaves "%s" to a model',
  (text) => {
    expect(readQuestion(text)).toBeNull();
  },
);

it('answers on text of 200 characters that begins like a question in no time', () => {
  const started = performance.now();
  for (let turn = 0; turn < 200; turn++) readQuestion(`${'please '.repeat(20)}what did i say about ${'x '.repeat(10)}`);
  expect(performance.now() - started).toBeLessThan(2_000);
});
