import { request } from 'node:http';
import { beforeAll, expect, it } from 'vitest';
import { useTale } from './harness/use-tale.js';

// Without an Ollama every kind of server runs, the engine too.
const installed = useTale({ models: 'engine' });
const names = ['supervisor', 'gateway', 'execution', 'models', 'ux-agent', 'local-engine'];

beforeAll(() => {
  expect(
    installed()
      .runtime()
      .servers.map(({ name }) => name)
      .sort(),
  ).toEqual([...names].sort());
});

/** Status of a request to a server with exactly these headers beside its Host. */
function statusOf(name: string, path: string, headers: Record<string, string>, method = 'GET'): Promise<number> {
  const url = new URL(path, installed().server(name).url);
  return new Promise((resolve, reject) => {
    const outgoing = request(url, { method, headers, agent: false }, (answer) => {
      resolve(answer.statusCode ?? 0);
      answer.destroy();
    });
    outgoing.on('error', reject);
    outgoing.end(method === 'POST' ? '{}' : undefined);
  });
}

const paths: readonly (readonly [name: string, path: string])[] = [
  ...names.map((name) => [name, '/'] as const),
  ['supervisor', '/v1/servers'],
  ['gateway', '/v1/tasks'],
  ['gateway', '/v1/events'],
  ['gateway', '/mcp'],
  ['execution', '/mcp'],
  ['models', '/v1/pool'],
  ['models', '/v1/calls'],
  ['models', '/v1/setup'],
  ['ux-agent', '/mcp'],
  ['ux-agent', '/v1/memories/match'],
  ['ux-agent', '/v1/conversations/match'],
  ['ux-agent', '/v1/conversations/export'],
  ['ux-agent', '/v1/conversations/import'],
  ['local-engine', '/api/tags'],
  ['local-engine', '/api/ps'],
];

it('E2E-GUARD-1 answers 401 without the token or with a wrong one, on every port', async () => {
  const { token } = installed().runtime();
  for (const [name, path] of paths) {
    const where = `${name} ${path}`;
    expect(await statusOf(name, path, {}), where).toBe(401);
    expect(await statusOf(name, path, { authorization: `Bearer ${token.slice(1)}0` }), where).toBe(401);
    expect(await statusOf(name, `${path}?token=${token}`, {}), where).toBe(401);
    expect([401, 403], where).not.toContain(await statusOf(name, path, { authorization: `Bearer ${token}` }));
  }
});

it('E2E-GUARD-2 answers 403 to a foreign Host or Origin, on every port and even with the token', async () => {
  const authorization = `Bearer ${installed().runtime().token}`;
  for (const [name, path] of [...paths, ...names.map((server) => [server, '/health'] as const)]) {
    const { host, port } = new URL(installed().server(name).url);
    const foreign = [
      { host: 'evil.example' },
      { host: `evil.example:${port}` },
      { host: '127.0.0.1:1' },
      { host, origin: 'http://evil.example' },
      { host, origin: 'null' },
      { host, origin: 'http://127.0.0.1:1' },
    ];
    for (const headers of foreign) {
      expect(
        await statusOf(name, path, { authorization, ...headers }),
        `${name} ${path} ${JSON.stringify(headers)}`,
      ).toBe(403);
    }
    expect(await statusOf(name, path, { authorization, host: `localhost:${port}` }), name).not.toBe(403);
  }
});

it('E2E-GUARD-3 refuses what a web form can send', async () => {
  const authorization = `Bearer ${installed().runtime().token}`;
  const posts = [
    ['supervisor', '/v1/servers/stop'],
    ['gateway', '/mcp'],
    ['execution', '/mcp'],
    ['models', '/v1/setup'],
    ['ux-agent', '/mcp'],
    ['ux-agent', '/v1/conversations/import'],
  ] as const;
  for (const [name, path] of posts) {
    const headers = { authorization, 'content-type': 'text/plain', 'content-length': '2' };
    expect(await statusOf(name, path, headers, 'POST'), name).toBe(415);
    expect(
      await statusOf(name, path, { ...headers, 'content-type': 'application/json', authorization: '' }, 'POST'),
      name,
    ).toBe(401);
  }
  expect(installed().runtime().servers).toHaveLength(names.length);
});

it('E2E-GUARD-4 listens on the loopback interface alone', async () => {
  for (const { url } of installed().runtime().servers) expect(new URL(url).hostname).toBe('127.0.0.1');
});
