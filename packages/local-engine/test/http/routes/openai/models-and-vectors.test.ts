import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toBase64 } from '../../../../src/wire/openai/embeddings.js';
import { type ScriptedEngine, scriptedEngine } from '../../scripted-engine.js';

let engine: ScriptedEngine;
beforeAll(async () => {
  engine = await scriptedEngine();
  engine.answer({ result: { vectors: [[0.6, 0.8]], promptTokens: 3 } });
});
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
});

describe('/v1/models', () => {
  const get = async (path: string) => {
    const response = await fetch(`${engine.url}${path}`);
    return { status: response.status, body: (await response.json()) as { data?: { id: string }[] } };
  };

  it('lists what is installed', async () => {
    const { body } = await get('/v1/models');
    expect(body.data?.map(({ id }) => id).sort()).toEqual(['able:latest', 'plain:latest', 'vectors:latest']);
  });

  it.each(['able', 'able:latest', 'able%3Alatest'])('shows one: %s', async (id) => {
    expect(await get(`/v1/models/${id}`)).toMatchObject({ status: 200, body: { id: 'able:latest', object: 'model' } });
  });

  it.each<[string, number, string]>([
    ['unknown', 404, 'not_found_error'],
    ['..%2F..%2Fetc%2Fpasswd', 400, 'invalid_request_error'],
  ])('%s is a %d', async (id, status, type) => {
    expect(await get(`/v1/models/${id}`)).toMatchObject({ status, body: { error: { type } } });
  });
});

describe('/v1/embeddings', () => {
  const embed = (body: object) => engine.ask('/v1/embeddings', { model: 'vectors', input: 'a', ...body });

  it('answers with floats or base64', async () => {
    expect(await embed({})).toEqual({
      status: 200,
      body: {
        ...{ object: 'list', model: 'vectors', usage: { prompt_tokens: 3, total_tokens: 3 } },
        data: [{ object: 'embedding', index: 0, embedding: [0.6, 0.8] }],
      },
    });
    expect((await embed({ encoding_format: 'base64' })).body.data).toMatchObject([{ embedding: toBase64([0.6, 0.8]) }]);
    expect((await embed({ input: ['a'], dimensions: 1 })).body.data).toMatchObject([{ embedding: [1] }]);
  });

  it.each<[object, number]>([
    [{ input: '' }, 400],
    [{ input: [] }, 400],
    [{ input: [1] }, 400],
    [{ encoding_format: 'hex' }, 400],
    [{ model: 'unknown' }, 404],
  ])('%j is a %d', async (body, status) => {
    expect(await embed(body)).toMatchObject({ status, body: { error: { message: expect.any(String) } } });
  });
});
