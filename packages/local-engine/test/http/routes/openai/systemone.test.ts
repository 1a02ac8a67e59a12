import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScriptedEngine, scriptedEngine } from '../../scripted-engine.js';

const questions = {
  task: { type: 'noul', instructions: 'Is it a task?', criteria: { true: 'it is' } },
  kind: { type: 'choice', instructions: 'Which kind?', criteria: { code: null, chat: 'small talk' } },
};

describe('/v1/systemone', () => {
  let engine: ScriptedEngine;
  beforeAll(async () => {
    engine = await scriptedEngine();
    engine.answer({
      result: {
        answers: {
          task: { type: 'noul', noul: 0.8 },
          kind: { type: 'choice', choice: 'code', probabilities: { code: 0.7, chat: 0.3 } },
        },
        ...{ promptTokens: 40, outputTokens: 2 },
      },
    });
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
  });
  const ask = (body: object = {}) =>
    engine.ask('/v1/systemone', { model: 'plain', state: 'write it', questions, ...body });

  it('answers questions with probabilities', async () => {
    expect(await ask()).toEqual({
      status: 200,
      body: {
        model: 'plain',
        answers: {
          task: { type: 'noul', noul: 0.8 },
          kind: { type: 'choice', choice: 'code', probabilities: { code: 0.7, chat: 0.3 }, confidence: 0.7 },
        },
        usage: { input_tokens: 40, output_tokens: 2 },
      },
    });
    expect(engine.lastCall()).toEqual({
      ...{ kind: 'decide', state: 'write it' },
      questions: { ...questions, task: { ...questions.task, criteria: { true: 'it is', false: null } } },
    });
  });

  it('keeps the model as keep_alive says', async () => {
    await ask({ keep_alive: -1 });
    const running = (await (await fetch(`${engine.url}/api/ps`)).json()) as { models: { expires_at: string }[] };
    expect(running.models[0]?.expires_at).toMatch(/^2318/);
  });

  it.each<[object, number]>([
    [{ questions: {} }, 400],
    [{ questions: { a: { type: 'noul' } } }, 400],
    [{ state: 7 }, 400],
    [{ keep_alive: '-1' }, 400],
    [{ model: 'vectors' }, 400],
    [{ model: 'unknown' }, 404],
  ])('%j is a %d', async (body, status) => {
    expect(await ask(body)).toMatchObject({ status, body: { error: { message: expect.any(String) } } });
  });
});
