import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { manualClock, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { type CountRequest, createModelPool, type ModelPool, type ModelPoolOptions } from '../src/index.js';
import { createRemotePool } from '../src/remote/index.js';
import { type FakeOllamaOptions, startFakeOllama } from '../src/testing/index.js';
import { openClaude } from './setup/open-claude.js';
import { openPool, poolOptions, serve } from './setup/open-pool.js';
import { modelOf } from './setup/pool-facts.js';

const messages = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'How many words has this? [tokens=2]' },
] as const;
const tools = [{ name: 'get_weather', description: 'Tells the weather.', parameters: { type: 'object' } }];
const asked: CountRequest = { role: 'ux', messages };
const paths = ({ fake }: { fake: { log: readonly { path: string }[] } }) => fake.log.map(({ path }) => path);

/** A pool on a server that counts, with its small model in memory. */
async function openCounting(options: FakeOllamaOptions = {}, more: Partial<ModelPoolOptions> = {}) {
  const opened = await openPool(more, { engine: 'other', ...options });
  await opened.pool.start();
  await until('ux is there', () => modelOf(opened.pool, 'small').ready && modelOf(opened.pool, 'small').countsTokens);
  return opened;
}

async function reported(pool: ModelPool, role: 'ux' | 'planning' = 'ux'): Promise<number> {
  const { end } = await pool.generate({ role, messages });
  expect(end.usage.source).toBe('reported');
  return end.usage.inputTokens;
}

describe('a count is what the call reports afterwards', () => {
  it('of an engine with Ollama’s API', async () => {
    await using opened = await openCounting();
    const { pool } = opened;
    const counted = await pool.countTokens(asked);
    expect(counted).toBe(await reported(pool));
    expect(counted).toBeGreaterThan(5);
  });

  it('of llama-server', async () => {
    await using fake = await startFakeOllama({ serves: 'llama-server', models: [{ model: 'small:1b' }] });
    const base = poolOptions(fake.url);
    await using pool = createModelPool({
      backends: { fake: { kind: 'openai', url: fake.url } },
      models: { small: base.models.small! },
      roles: { ux: { candidates: ['small'] } },
    });
    await pool.start();
    await until('it is there', () => modelOf(pool, 'small').ready && modelOf(pool, 'small').countsTokens);
    expect(await pool.countTokens({ ...asked, tools })).toBe(await reported(pool));
    const template = fake.log.find(({ path }) => path === '/apply-template')?.body;
    expect(template).toMatchObject({ messages, chat_template_kwargs: { enable_thinking: false } });
    expect(template).toMatchObject({ tools: [{ type: 'function', function: { name: 'get_weather' } }] });
    expect(template).not.toHaveProperty('stream');
  });

  it('of the Claude API, with its tools and system prompt', async () => {
    await using opened = await openClaude();
    const { pool, claude } = opened;
    const { end } = await pool.generate({ role: 'planning', messages, tools });
    expect(await pool.countTokens({ role: 'planning', messages, tools })).toBe(end.usage.inputTokens);
    expect(claude.log.map(({ path }) => path)).toEqual(['/v1/messages', '/v1/messages/count_tokens']);
    expect(modelOf(pool, 'cloud').countsTokens).toBe(true);
  });
});

describe('nobody counts', () => {
  it('on Ollama, which has no such route and is not asked', async () => {
    await using opened = await openPool();
    await opened.pool.start();
    await until('ux is there', () => modelOf(opened.pool, 'small').ready);
    expect(await opened.pool.countTokens(asked)).toBeNull();
    expect(modelOf(opened.pool, 'small').countsTokens).toBe(false);
    expect(paths(opened)).not.toContain('/apply-template');
  });

  it.each([
    ['a model that is not in memory, which is not loaded for it', { role: 'planning', messages }],
    ['a model that is not configured', { model: 'nobody', messages }],
    ['a role that has no model', { role: 'embed', messages }],
  ] as const)('for %s', async (_, request) => {
    await using opened = await openCounting();
    expect(await opened.pool.countTokens(request)).toBeNull();
    expect(modelOf(opened.pool, 'large').state).toBe('absent');
    expect(paths(opened)).not.toContain('/apply-template');
  });

  it('where the server fails', async () => {
    await using opened = await openCounting();
    await opened.fake.set({ kind: 'status-500', path: '/apply-template' });
    expect(await opened.pool.countTokens(asked)).toBeNull();
    await opened.fake.set({ kind: 'html', path: '/apply-template' });
    expect(await opened.pool.countTokens(asked)).toBeNull();
    await opened.fake.set();
    expect(await opened.pool.countTokens(asked)).toBeGreaterThan(0);
  });

  it('where the server is silent for two seconds', async () => {
    const manual = manualClock();
    const clock = { ...manual, monotonicMs: manual.now };
    await using opened = await openCounting({}, { clock });
    await opened.fake.set({ kind: 'silent', path: '/apply-template' });
    const counted = opened.pool.countTokens(asked);
    await until('it is asked', () => paths(opened).includes('/apply-template'));
    await manual.advance(2_000);
    expect(await counted).toBeNull();
  });

  it('once the pool is closed', async () => {
    await using opened = await openCounting();
    await opened.pool.close();
    expect(await opened.pool.countTokens(asked)).toBeNull();
  });
});

it('a count waits for no slot', async () => {
  await using opened = await openCounting({ slots: 1 });
  const { pool } = opened;
  const long = pool.call({ role: 'ux', prompt: 'x [tokens=1000] [rate=5]' });
  for await (const { type } of long) if (type === 'text-delta') break;
  const running = pool.generate({ role: 'ux', prompt: 'x [tokens=1000] [rate=5]' });
  running.catch(() => {});
  await until('it runs', () => pool.status().lanes[0]?.running === 1);
  expect(await pool.countTokens({ model: 'small:1b', messages })).toBeGreaterThan(0);
  expect(pool.status().lanes[0]?.running).toBe(1);
});

it.each([
  ['neither role nor model', { messages }],
  ['both', { role: 'ux', model: 'small', messages }],
  ['no messages', { role: 'ux', messages: [] }],
] as const)('a request with %s is refused, here and from afar', async (_, request) => {
  await using opened = await openCounting();
  await using served = await serve(opened.pool);
  await using remote = createRemotePool({ url: served.url });
  for (const pool of [opened.pool, remote])
    await expect(pool.countTokens(request)).rejects.toMatchObject({ code: 'rejected', retryable: false });
});

describe('from afar', () => {
  it('a count is that of the pool', async () => {
    await using opened = await openCounting();
    await using served = await serve(opened.pool);
    await using remote = createRemotePool({ url: served.url });
    expect(await remote.countTokens({ model: 'small', messages, tools })).toBe(await reported(opened.pool));
    expect(await remote.countTokens({ role: 'planning', messages })).toBeNull();
    const signal = AbortSignal.abort(new Error('left'));
    for (const pool of [opened.pool, remote])
      await expect(pool.countTokens(asked, { signal })).rejects.toMatchObject({ code: 'aborted' });
  });

  it('a server without the route, and none, count nothing', async () => {
    const server = createServer((_, response) =>
      response.writeHead(404).end('{"error":{"code":"not-found","message":"x"}}'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await using old = createRemotePool({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    expect(await old.countTokens(asked)).toBeNull();
    server.close();
    server.closeAllConnections();
    await using none = createRemotePool({ url: 'http://127.0.0.1:9' });
    expect(await none.countTokens(asked)).toBeNull();
  });

  it('a server that is silent counts nothing after three seconds', async () => {
    const manual = manualClock();
    let isAsked = false;
    const server = createServer(() => {
      isAsked = true;
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await using remote = createRemotePool({ url, clock: { ...manual, monotonicMs: manual.now } });
    const counted = remote.countTokens(asked);
    await until('it is asked', () => isAsked);
    await manual.advance(3_000);
    expect(await counted).toBeNull();
    server.close();
    server.closeAllConnections();
  });
});
