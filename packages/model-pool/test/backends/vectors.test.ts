import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createOllamaBackend } from '../../src/backends/ollama/backend.js';
import { readVectors } from '../../src/backends/vectors.js';
import { silentLogger, systemClock } from '../../src/system.js';

const broken = expect.objectContaining({ code: 'stream-broken', details: { fault: 'bad-vectors' } });

describe('vectors', () => {
  it('are taken as they are, one for each text', () => {
    expect(
      readVectors(
        [
          [1, 2],
          [3, 4],
        ],
        2,
      ),
    ).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(readVectors([], 0)).toEqual([]);
  });

  it.each([
    ['none at all', undefined, 1],
    ['one too few', [[1]], 2],
    ['one too many', [[1], [2]], 1],
    ['an empty one', [[]], 1],
    ['one that is no list', ['1'], 1],
    ['a number that is none', [[1, null]], 1],
    ['one of another length', [[1], [1, 2]], 2],
  ])('%s are a broken answer, never a success', (_, values, count) => {
    expect(() => readVectors(values, count)).toThrow(broken);
  });

  it('that Ollama leaves out are missed', async () => {
    const server = createServer((_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"model":"m","embeddings":[[1,0]]}'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const parts = { name: 'x', clock: systemClock, connectMs: 1_000, logger: silentLogger };
    const backend = createOllamaBackend({ kind: 'ollama', url }, parts);
    const profile = {
      ...{ model: 'm', contextTokens: 8, maxOutputTokens: 8, think: false, slots: 1 },
      ...{ isEmbedder: true, runner: {}, keepAlive: -1 },
    };
    const { signal } = new AbortController();
    expect(await backend.embed(profile, ['a'], signal)).toMatchObject({ embeddings: [[1, 0]] });
    await expect(backend.embed(profile, ['a', 'b'], signal)).rejects.toEqual(broken);
    await backend.close();
    server.close();
    server.closeAllConnections();
  });
});
