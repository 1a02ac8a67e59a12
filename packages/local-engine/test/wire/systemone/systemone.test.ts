import { describe, expect, it } from 'vitest';
import { readRequest } from '../../../src/wire/read-request.js';
import { systemoneAnswer } from '../../../src/wire/systemone/answer.js';
import { systemoneRequest, toQuestions } from '../../../src/wire/systemone/request.js';

const questions = {
  task: { type: 'noul', instructions: 'Is it a task?' },
  kind: { type: 'choice', instructions: 'Which kind?', criteria: { code: 'about programs', chat: null } },
  mood: { type: 'score', instructions: 'How kind?', criteria: ['rude', 'plain', 'kind'] },
} as const;
const body = { model: 'x', state: 'write a program', questions };
const read = (more: object = {}) => readRequest(systemoneRequest, { ...body, ...more });

describe('body of /v1/systemone', () => {
  it('has questions with what was left out', () => {
    expect(toQuestions(read().questions)).toEqual({
      task: { type: 'noul', instructions: 'Is it a task?', criteria: { true: null, false: null } },
      kind: questions.kind,
      mood: questions.mood,
    });
    const asked = { task: { ...questions.task, criteria: { true: 'it is' } } };
    expect(toQuestions(read({ questions: asked }).questions)).toMatchObject({
      task: { criteria: { true: 'it is', false: null } },
    });
  });

  it('takes structured content as JSON text', () => {
    const asked = { task: { type: 'noul', instructions: ['is', 'it?'] } };
    const { state, questions: given } = read({ state: { role: 'user' }, questions: asked });
    expect([state, given.task?.instructions]).toEqual(['{"role":"user"}', '["is","it?"]']);
  });

  it.each([
    [{ model: '' }],
    [{ state: 7 }],
    [{ state: undefined }],
    [{ questions: {} }],
    [{ questions: [] }],
    [{ questions: Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`q${index}`, questions.task])) }],
    [{ questions: { a: { type: 'text', instructions: 'x' } } }],
    [{ questions: { a: { type: 'noul', instructions: ' ' } } }],
    [{ questions: { a: { type: 'choice', instructions: 'x' } } }],
    [{ questions: { a: { type: 'choice', instructions: 'x', criteria: { only: null } } } }],
    [{ questions: { a: { type: 'choice', instructions: 'x', criteria: { a: 1, b: 2 } } } }],
    [{ questions: { a: { type: 'score', instructions: 'x', criteria: ['only'] } } }],
    [{ questions: { a: { type: 'score', instructions: 'x', criteria: Array(11).fill('x') } } }],
  ])('is refused: %j', (more) => {
    expect(() => read(more)).toThrowError(expect.objectContaining({ code: 'invalid-request' }));
  });

  it('takes 256 choices and no more', () => {
    const asked = (count: number) => ({
      a: {
        type: 'choice',
        instructions: 'x',
        criteria: Object.fromEntries(Array.from({ length: count }, (_, at) => [`c${at}`, null])),
      },
    });
    expect(Object.keys(read({ questions: asked(256) }).questions)).toEqual(['a']);
    expect(() => read({ questions: asked(257) })).toThrowError(expect.objectContaining({ code: 'invalid-request' }));
  });
});

it('answers as ollama-js 0.6.4 reads them; confidence is the probability of the likeliest', () => {
  const asked = toQuestions(read().questions);
  const answers = {
    task: { type: 'noul', noul: 0.9 },
    kind: { type: 'choice', choice: 'code', probabilities: { code: 0.75, chat: 0.25 } },
    mood: { type: 'score', score: 1.3, probabilities: { 0: 0.1, 1: 0.5, 2: 0.4 } },
  } as const;
  expect(systemoneAnswer('x', asked, { answers, promptTokens: 60, outputTokens: 3 })).toEqual({
    model: 'x',
    answers: {
      task: { type: 'noul', noul: 0.9 },
      kind: { type: 'choice', choice: 'code', probabilities: { code: 0.75, chat: 0.25 }, confidence: 0.75 },
      mood: {
        ...{ type: 'score', score: 1.3, legend: { 0: 'rude', 1: 'plain', 2: 'kind' } },
        ...{ probabilities: { 0: 0.1, 1: 0.5, 2: 0.4 }, confidence: 0.5 },
      },
    },
    usage: { input_tokens: 60, output_tokens: 3 },
  });
});
