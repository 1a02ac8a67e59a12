import { expect, it } from 'vitest';
import { countRouteOf } from '../../../src/backends/openai/count-tokens.js';
import type { JsonObject } from '../../../src/index.js';
import { json, never, profile, serve } from '../../setup/openai-server.js';

const call = { profile, messages: [{ role: 'user', content: 'hi' }], tools: [], signal: never() } as const;
const list = (owner: string) => ({ data: [{ id: 'small:1b', owned_by: owner }] });

it.each([
  ['llamacpp', 'template'],
  ['vllm', 'tokenize'],
  ['library', null],
  ['openai', null],
  [null, null],
] as const)('a server that names itself %s counts by %s', (engine, route) => {
  expect(countRouteOf(engine)).toBe(route);
});

it('vLLM is asked once, at the root, with what shapes the prompt', async () => {
  const asked: { url: string | undefined; body: JsonObject | null }[] = [];
  await using served = await serve((request, body, response) => {
    if (request.method === 'POST') asked.push({ url: request.url, body });
    json(response, 200, request.url === '/tokenize' ? { count: 42, max_model_len: 8192 } : list('vllm'));
  });
  const { backend } = served;
  expect(backend.countsTokens?.()).toBe(false);
  expect(await backend.countTokens?.(call)).toBeNull();
  await backend.list(never());
  expect(backend.countsTokens?.()).toBe(true);
  expect(await backend.countTokens?.(call)).toBe(42);
  expect(asked).toEqual([
    {
      url: '/tokenize',
      body: {
        model: 'small:1b',
        messages: [{ role: 'user', content: 'hi' }],
        reasoning_effort: 'none',
        chat_template_kwargs: { enable_thinking: false },
      },
    },
  ]);
});

it.each([
  ['an answer of another kind', 200, { tokens: 'many' }, true],
  ['a failure', 500, { error: 'x' }, true],
  ['no such route', 404, { error: 'File Not Found' }, false],
  ['a method that is not allowed', 405, { error: 'x' }, false],
  ['a model that is missing for now', 404, { error: 'model small:1b not found' }, true],
] as const)('%s counts nothing; whether the next one is asked for: it depends', async (_, status, answer, counts) => {
  await using served = await serve((request, __, response) => {
    const isList = request.method === 'GET';
    json(response, isList ? 200 : status, isList ? list('llamacpp') : answer);
  });
  const { backend } = served;
  await backend.list(never());
  expect(await backend.countTokens?.(call).catch(() => null)).toBeNull();
  expect(backend.countsTokens?.()).toBe(counts);
});

it.each(['model large:8b not found', 'who is that?'])(
  'a 404 for one model ends no count of another one: %s',
  async (error) => {
    const data = ['small:1b', 'large:8b'].map((id) => ({ id, owned_by: 'vllm' }));
    await using served = await serve((request, body, response) => {
      if (request.method === 'GET') json(response, 200, { data });
      else if (body?.model === 'small:1b') json(response, 200, { count: 42 });
      else json(response, 404, { error });
    });
    const { backend } = served;
    await backend.list(never());
    const large = { ...call, profile: { ...profile, model: 'large:8b' } };
    expect(await backend.countTokens?.(large).catch(() => null)).toBeNull();
    expect(backend.countsTokens?.()).toBe(true);
    expect(await backend.countTokens?.(call)).toBe(42);
  },
);
