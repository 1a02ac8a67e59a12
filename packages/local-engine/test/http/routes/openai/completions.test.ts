import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventsOf, type ScriptedEngine, scriptedEngine } from '../../scripted-engine.js';

describe('/v1/completions', () => {
  let engine: ScriptedEngine;
  beforeAll(async () => {
    engine = await scriptedEngine();
    engine.answer({ pieces: ['~hm', 'hel', 'lo'] });
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
  });
  const complete = (body: object = {}) => engine.ask('/v1/completions', { model: 'plain', prompt: 'hi', ...body });

  it('gives one document by default, of a message in the model’s template', async () => {
    const { body } = await complete({ max_tokens: 4, temperature: 0 });
    expect(body).toMatchObject({
      ...{ id: expect.stringMatching(/^cmpl-/), object: 'text_completion', model: 'plain' },
      choices: [{ index: 0, text: 'hello', logprobs: null, finish_reason: 'stop' }],
      usage: { total_tokens: 11 },
    });
    expect(engine.lastCall()).toMatchObject({
      ...{ kind: 'chat', messages: [{ role: 'user', content: 'hi' }], maxTokens: 4, think: null, tools: [] },
      sampling: { temperature: 0, topP: 1 },
    });
  });

  it('streams events that end with [DONE]', async () => {
    const body = { model: 'plain', prompt: ['hi'], stream: true, stream_options: { include_usage: true } };
    const events = await eventsOf(await engine.post('/v1/completions', body));
    expect(events.at(-1)).toBe('[DONE]');
    const chunks = events.slice(0, -1) as { choices: { text: string }[]; usage: object | null }[];
    expect(chunks.flatMap(({ choices }) => choices.map(({ text }) => text)).join('')).toBe('hello');
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 8, completion_tokens: 3 } });
  });

  it.each<[object, number]>([
    [{ prompt: '' }, 400],
    [{ prompt: [1, 2] }, 400],
    [{ suffix: 'end' }, 400],
    [{ logprobs: 3 }, 400],
    [{ echo: true }, 400],
    [{ model: 'vectors' }, 400],
    [{ model: 'unknown' }, 404],
  ])('%j is a %d', async (body, status) => {
    expect(await complete(body)).toMatchObject({ status, body: { error: { message: expect.any(String) } } });
  });
});
