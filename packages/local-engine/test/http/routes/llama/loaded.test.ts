import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ScriptedEngine, scriptedEngine } from '../../scripted-engine.js';

const messages = [{ role: 'user', content: 'hi' }];

describe('exact counts by a loaded model', () => {
  let engine: ScriptedEngine;
  beforeEach(async () => {
    engine = await scriptedEngine();
    engine.answer(({ kind }) => {
      if (kind === 'tokenize') return { result: { tokens: [1, 15, 7] } };
      return { result: { prompt: '<|user|>hi', tokens: 9 } };
    });
  });
  afterEach(async () => {
    await engine[Symbol.asyncDispose]();
  });
  const load = (model: string) => engine.ask('/api/generate', { model });

  it('/tokenize gives tokens', async () => {
    await load('plain');
    expect(await engine.ask('/tokenize', { content: 'hello' })).toEqual({ status: 200, body: { tokens: [1, 15, 7] } });
    expect(engine.lastCall()).toEqual({ kind: 'tokenize', text: 'hello', addSpecial: false });
    await engine.ask('/tokenize', { content: '', add_special: true, model: 'plain' });
    expect(engine.lastCall()).toEqual({ kind: 'tokenize', text: '', addSpecial: true });
  });

  it('/apply-template gives the prompt and how many tokens it has', async () => {
    await load('able');
    const tools = [{ type: 'function', function: { name: 'weather' } }];
    expect(await engine.ask('/apply-template', { messages, tools })).toEqual({
      ...{ status: 200, body: { prompt: '<|user|>hi', tokens: 9 } },
    });
    expect(engine.lastCall()).toMatchObject({ kind: 'template', messages, tools: [{ name: 'weather' }] });
  });

  it.each(['/tokenize', '/apply-template'])('%s never loads a model', async (path) => {
    const body = { content: 'x', messages };
    expect(await engine.ask(path, body)).toMatchObject({ status: 404, body: { error: { type: 'not_found_error' } } });
    expect((await engine.ask(path, { ...body, model: 'plain' })).status).toBe(404);
    expect((await engine.ask(path, { ...body, model: 'unknown' })).status).toBe(404);
    expect(engine.loads).toEqual([]);
    await load('plain');
    await load('able');
    expect(await engine.ask(path, body)).toMatchObject({
      ...{ status: 400, body: { error: { message: expect.stringContaining('several models are loaded') } } },
    });
    expect((await engine.ask(path, { ...body, model: 'able' })).status).toBe(200);
    expect(engine.loads).toHaveLength(2);
  });

  it.each<[string, object]>([
    ['/tokenize', {}],
    ['/tokenize', { content: 7 }],
    ['/tokenize', { content: 'x', with_pieces: true }],
    ['/apply-template', {}],
    ['/apply-template', { messages: [{ role: 'boss' }] }],
  ])('%s refuses %j', async (path, body) => {
    await load('plain');
    expect((await engine.ask(path, body)).status).toBe(400);
  });
});
