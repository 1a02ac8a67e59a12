import { describe, expect, it } from 'vitest';
import { readErrorAnswer } from '../../../src/backends/http/failures.js';
import { splitBasePath } from '../../../src/backends/openai/base-path.js';
import { readEmbeddings } from '../../../src/backends/openai/embeddings.js';
import { readHealth } from '../../../src/backends/openai/health.js';
import { isOtherModel, readModels, toInstalled, toLoaded } from '../../../src/backends/openai/models.js';
import type { JsonObject } from '../../../src/index.js';

describe('the path of an address', () => {
  const cases: [string, string, string][] = [
    ['', '/v1', ''],
    ['/v1', '/v1', ''],
    ['/proxy', '/proxy/v1', '/proxy'],
    ['/proxy/v1', '/proxy/v1', '/proxy'],
    ['/api/paas/v4', '/api/paas/v4', '/api/paas'],
    ['/v1beta/openai', '/v1beta/openai', ''],
    ['/vision', '/vision/v1', '/vision'],
  ];
  for (const [path, api, root] of cases)
    it(`${path || 'the root'} has the API at ${api}`, () => expect(splitBasePath(path)).toEqual({ api, root }));
});

describe('a list of models', () => {
  it('of llama-server tells sizes and contexts, and a name for each alias', () => {
    const meta = { n_ctx: 8192, n_ctx_train: 131_072, size: 4_912_898_304 };
    const entry = { id: '/models/a.gguf', aliases: ['a', 'a'], owned_by: 'llamacpp', meta };
    const models = readModels({ data: [entry] });
    expect(models.map(({ model }) => model)).toEqual(['/models/a.gguf', 'a']);
    expect(models[1]).toEqual({
      model: 'a',
      owner: 'llamacpp',
      bytes: 4_912_898_304,
      contextTokens: 8192,
      trainedTokens: 131_072,
      isReady: true,
    });
    expect(toInstalled(models[1]!)).toMatchObject({ contextTokens: 131_072, bytes: 4_912_898_304 });
    expect(toLoaded(models[1]!)).toMatchObject({ contextTokens: 8192, digest: null });
  });

  it('of vLLM tells the context', () => {
    const [model] = readModels({ data: [{ id: 'b', owned_by: 'vllm', root: '/x', max_model_len: 32_768 }] });
    expect(model).toMatchObject({ contextTokens: 32_768, trainedTokens: 32_768, isReady: true, bytes: 0 });
  });

  it('has models that are not ready while they load', () => {
    const ready = (entry: JsonObject) => readModels({ data: [{ id: 'c', ...entry }] })[0]?.isReady;
    expect(ready({})).toBe(true);
    expect(ready({ meta: null })).toBe(false);
    expect(ready({ status: { value: 'loading' } })).toBe(false);
    expect(ready({ status: { value: 'unloaded' } })).toBe(true);
  });

  it('of an odd server is read as far as it goes', () => {
    for (const answer of [{}, { data: null }, { data: [null, 1, {}, { id: '' }] }] as unknown as JsonObject[])
      expect(readModels(answer)).toEqual([]);
  });
});

describe('another model', () => {
  const listed = new Set(['m', 'm:latest', 'n', 'm-2025-01-31', 'm-2025-01-31b']);
  const cases: [string, string, boolean][] = [
    ['m', 'm', false],
    ['m', 'M:latest', false],
    ['m', 'n', true],
    ['m', 'unlisted', false],
    ['unlisted', 'n', false],
    ['m', 'm-2025-01-31', false],
    ['m', 'm-2025-01-31b', true],
  ];
  for (const [asked, given, expected] of cases)
    it(`${given} for ${asked}: ${expected ? 'yes' : 'no'}`, () =>
      expect(isOtherModel(asked, given, listed)).toBe(expected));
});

describe('health', () => {
  const loading = '{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}';
  const cases: [number, string, ReturnType<typeof readHealth>][] = [
    [200, '{"status":"ok"}', 'ok'],
    [200, '', 'ok'],
    [200, '{"error":"Unexpected endpoint or method. (GET /health)"}', 'absent'],
    [503, loading, 'loading'],
    [503, '<html>', null],
    [404, '404 page not found', 'absent'],
    [401, '', 'absent'],
    [500, '', null],
  ];
  for (const [status, body, expected] of cases)
    it(`${status} ${body} is ${expected}`, () =>
      expect(
        readHealth(
          readErrorAnswer(status, body, () => null, 0),
          body,
        ),
      ).toBe(expected));
});

describe('vectors', () => {
  const entry = (index: number, ...embedding: number[]) => ({ index, embedding });

  it('stand in the order of the texts', () => {
    const answer = { data: [entry(1, 3, 4), entry(0, 1, 2)], usage: { prompt_tokens: 5 } };
    expect(readEmbeddings(answer, 2)).toEqual({
      embeddings: [
        [1, 2],
        [3, 4],
      ],
      inputTokens: 5,
    });
    expect(readEmbeddings({ data: [{ embedding: [1] }, { embedding: [2] }] }, 2)).toEqual({
      embeddings: [[1], [2]],
      inputTokens: null,
    });
  });

  const broken: [string, unknown][] = [
    ['none', {}],
    ['too few', { data: [entry(0, 1)] }],
    ['too many', { data: [entry(0, 1), entry(1, 1), entry(2, 1)] }],
    ['one twice', { data: [entry(0, 1), entry(0, 1)] }],
    ['of two lengths', { data: [entry(0, 1), entry(1, 1, 2)] }],
    ['that are empty', { data: [entry(0), entry(1)] }],
    ['as text', { data: [{ index: 0, embedding: 'AACAPw==' }, entry(1, 1)] }],
    [
      'one per token',
      {
        data: [
          { index: 0, embedding: [[1]] },
          { index: 1, embedding: [[1]] },
        ],
      },
    ],
    ['with a gap', { data: [{ index: 0, embedding: [null] }, entry(1, 1)] }],
    ['that are nothing', { data: [null, null] }],
  ];
  for (const [name, answer] of broken)
    it(`${name} break the answer`, () =>
      expect(() => readEmbeddings(answer as JsonObject, 2)).toThrow(
        expect.objectContaining({ code: 'stream-broken', details: { fault: 'bad-vectors' } }),
      ));
});
