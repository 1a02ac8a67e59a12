import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createModelPool, type ModelPool, type ModelPoolOptions, type PoolEvent } from '../../src/index.js';
import { createPoolHandler, type PoolHandlerOptions, type ServedPool } from '../../src/server/index.js';
import type { FakeOllama, FakeOllamaOptions } from '../../src/testing/index.js';
import { startFakeOllama } from '../../src/testing/index.js';

export const smallAndLarge = [{ model: 'small:1b' }, { model: 'large:8b', bytes: 5_000_000_000 }];

/** Options of a pool on one fake: `ux` = small, `planning` = large. */
export function poolOptions(url: string, more: Partial<ModelPoolOptions> = {}): ModelPoolOptions {
  return {
    backends: { fake: { kind: 'ollama', url } },
    models: {
      small: { backend: 'fake', model: 'small:1b', contextTokens: 4096 },
      large: { backend: 'fake', model: 'large:8b', contextTokens: 4096 },
    },
    roles: { ux: { candidates: ['small'] }, planning: { candidates: ['large'] } },
    ...more,
  };
}

export interface OpenedPool extends AsyncDisposable {
  readonly fake: FakeOllama;
  readonly pool: ModelPool;
  readonly events: PoolEvent[];
}

/** A fake and a pool on it, with everything that the pool told. */
export async function openPool(
  more: Partial<ModelPoolOptions> = {},
  fakeOptions: FakeOllamaOptions = {},
): Promise<OpenedPool> {
  const fake = await startFakeOllama({ models: smallAndLarge, ...fakeOptions });
  const pool = createModelPool(poolOptions(fake.url, more));
  const events: PoolEvent[] = [];
  pool.subscribe((event) => events.push(event));
  return {
    fake,
    pool,
    events,
    async [Symbol.asyncDispose]() {
      await pool.close();
      await fake.close();
    },
  };
}

export interface Served extends AsyncDisposable {
  readonly url: string;
  /** Ends every connection without a word, as a killed server does. */
  cut(): void;
  close(): Promise<void>;
}

/** Serves a pool on a port. */
export async function serve(pool: ServedPool, options: PoolHandlerOptions = {}, port = 0): Promise<Served> {
  const handler = createPoolHandler(pool, options);
  const server = createServer((request, response) => {
    void handler(request, response).then((isMine) => {
      if (!isMine) response.writeHead(404).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => server.closeAllConnections(),
    close,
    [Symbol.asyncDispose]: close,
  };
}
