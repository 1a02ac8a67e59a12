import { describe, expect, it } from 'vitest';
import type { DecideCall } from '../../../src/backends/backend.js';
import { failureOfAnswer, readErrorAnswer } from '../../../src/backends/http/failures.js';
import { createDecide, readAnswers } from '../../../src/backends/http/systemone.js';
import type { DecideQuestion, JsonObject } from '../../../src/index.js';

const questions: Readonly<Record<string, DecideQuestion>> = {
  urgent: { type: 'noul', instructions: 'Is it urgent?' },
  kind: { type: 'choice', instructions: 'Which kind?', criteria: { a: null, b: null } },
  grade: { type: 'score', instructions: 'How good?', criteria: ['bad', 'good'] },
};
const answers: JsonObject = {
  urgent: { type: 'noul', noul: 0.25, extra: 1 },
  kind: { type: 'choice', choice: 'b', probabilities: { a: 0.1, b: 0.9 }, confidence: 0.9 },
  grade: { type: 'score', score: 0.7, legend: { 0: 'bad' }, probabilities: { 0: 0.3, 1: 0.7 }, confidence: 0.7 },
};

describe('answers of /v1/systemone', () => {
  it('are read by the names of the questions, with their cost', () => {
    expect(readAnswers({ answers, usage: { input_tokens: 9, output_tokens: 0 } }, questions)).toMatchObject({
      answers: { urgent: { noul: 0.25 }, kind: { choice: 'b' }, grade: { score: 0.7 } },
      inputTokens: 9,
      outputTokens: 0,
    });
    expect(readAnswers({ answers }, questions)).toMatchObject({ inputTokens: null, outputTokens: null });
  });

  it('break where one is missing, of another type, or beyond its range', () => {
    for (const [name, given] of [
      ['urgent', {}],
      ['urgent', { ...answers, urgent: answers.kind }],
      ['urgent', { ...answers, urgent: { type: 'noul', noul: 1.5 } }],
      ['grade', { ...answers, grade: { type: 'score', score: 1 } }],
      ['kind', { urgent: answers.urgent }],
    ] as const) {
      expect(() => readAnswers({ answers: given as JsonObject }, questions), name).toThrow(
        expect.objectContaining({ code: 'stream-broken', details: { fault: 'no-answer', question: name } }),
      );
    }
  });
});

describe('asking questions', () => {
  const callOf = (model: string): DecideCall => ({
    profile: {
      ...{ model, contextTokens: 4096, maxOutputTokens: 4096, think: false, slots: 1 },
      ...{ runner: {}, isEmbedder: false, keepAlive: -1 },
    },
    state: 'text',
    questions,
    signal: new AbortController().signal,
  });
  const fails = (status: number, error: unknown) => () =>
    Promise.reject(failureOfAnswer(readErrorAnswer(status, JSON.stringify({ error }), () => null, 0)));

  it('sends them with the text and the model', async () => {
    const decide = createDecide((body) => {
      expect(body).toEqual({ model: 'm', state: 'text', questions });
      return Promise.resolve({ answers });
    });
    await expect(decide(callOf('m'))).resolves.toMatchObject({ answers: { urgent: { noul: 0.25 } } });
  });

  it('a model that cannot is not asked again, another one is', async () => {
    for (const [status, error] of [
      [404, '404 page not found'],
      [405, ''],
      [501, { message: 'no decision model', type: 'not_supported_error' }],
      [400, 'the model does not support decisions'],
    ] as const) {
      let asked = 0;
      const decide = createDecide(() => {
        asked += 1;
        return fails(status, error)();
      });
      for (const model of ['m', 'm', 'n'])
        await expect(decide(callOf(model)), String(status)).rejects.toMatchObject({ code: 'capability-missing' });
      expect(asked).toBe(2);
    }
  });

  it('other failures are handed on, and the model is asked again', async () => {
    for (const [status, error, code] of [
      [404, "model 'm' not found", 'model-missing'],
      [500, 'it died', 'load-failed'],
      [503, 'busy', 'overloaded'],
    ] as const) {
      const decide = createDecide(fails(status, error));
      for (let count = 0; count < 2; count += 1) await expect(decide(callOf('m'))).rejects.toMatchObject({ code });
    }
    const reason = new Error('mine');
    await expect(createDecide(() => Promise.reject(reason))(callOf('m'))).rejects.toBe(reason);
  });
});
