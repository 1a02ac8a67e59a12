import { readEvents } from '@tale/mcp-transport/light';
import { expect, it } from 'vitest';
import { explainRoute, pullableRoute, setupRoutes } from '../../src/models/routes.js';
import { createSetup, type ModelChoice } from '../../src/models/setup.js';
import { serveHttp } from '../../src/server/serve-http.js';

const token = 'secret';
const choice: ModelChoice = {
  backend: { name: 'local', options: { kind: 'ollama', url: 'http://127.0.0.1:1' } },
  ux: { model: 'small', contextTokens: 1 },
  planning: { model: 'large', contextTokens: 1 },
  reason: 'r',
  hint: null,
};

it('streams the setup to its end, and tries again when it is asked to', async () => {
  let tries = 0;
  const setup = createSetup(async (report) => {
    report({ phase: 'probe', name: 'ollama', message: 'looking', completedBytes: null, totalBytes: null, etaMs: null });
    tries++;
    if (tries === 1) throw new Error('no network');
    return choice;
  });
  let opened = 0;
  const stopping = new AbortController();
  const routes = setupRoutes(setup, () => opened++, stopping.signal);
  const server = await serveHttp({ name: 'models', instance: 1, nonce: 'n', token, port: 0, routes });
  const follow = async () => {
    const types: string[] = [];
    for await (const { event } of readEvents({ url: server.url, token, path: '/v1/setup' })) types.push(event);
    return types;
  };
  expect(await follow()).toEqual(['setup-error']);
  const answer = await fetch(`${server.url}/v1/setup`, {
    method: 'POST',
    body: '{}',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
  });
  expect(answer.status).toBe(200);
  expect(opened).toBe(1);
  expect((await follow()).at(-1)).toBe('setup-end');
  stopping.abort();
  await server.close({ drainMs: 0 });
});

it('explains calls of before a restart, and leaves other paths to the pool', async () => {
  const asked: string[] = [];
  const kept = { maxAgeMs: 1, maxEntries: 1, sinceMs: null };
  const route = explainRoute({
    async explain(id) {
      asked.push(id);
      return { requestId: id, requestIds: [], sentences: [], decisions: [], kept };
    },
  });
  const server = await serveHttp({ name: 'models', instance: 1, nonce: 'n', token, port: 0, routes: [route] });
  const get = (path: string) => fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  expect(await (await get('/v1/calls/CALL-1')).json()).toMatchObject({ requestId: 'CALL-1', kept });
  for (const path of ['/v1/calls', '/v1/calls/a%2Fb', `/v1/calls/${'x'.repeat(201)}`])
    expect((await get(path)).status, path).toBe(404);
  expect(asked).toEqual(['CALL-1']);
  await server.close({ drainMs: 0 });
});

it('says which models can be pulled, where somebody knows', async () => {
  let names: readonly string[] | null = ['tiny:1b'];
  const routes = [pullableRoute(async () => names)];
  const server = await serveHttp({ name: 'models', instance: 1, nonce: 'n', token, port: 0, routes });
  const get = async () =>
    (await fetch(`${server.url}/v1/pullable`, { headers: { authorization: `Bearer ${token}` } })).json();
  expect(await get()).toEqual({ names: ['tiny:1b'] });
  names = null;
  expect(await get()).toEqual({ names: null });
  await server.close({ drainMs: 0 });
});
