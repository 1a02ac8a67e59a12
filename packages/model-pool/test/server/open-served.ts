import type { ModelPool, ModelPoolOptions, PoolEvent } from '../../src/index.js';
import type { PoolHandlerOptions } from '../../src/server/index.js';
import type { FakeOllama, FakeOllamaOptions } from '../../src/testing/index.js';
import { openPool, type Served, serve } from '../setup/open-pool.js';

/** One event as it stood on the wire. */
export interface SentEvent {
  readonly type: string;
  readonly data: Record<string, unknown>;
}

/** A pool on a fake behind a port. */
export interface ServedPoolOnFake extends AsyncDisposable {
  readonly fake: FakeOllama;
  readonly pool: ModelPool;
  readonly events: PoolEvent[];
  readonly served: Served;
  /** Sends a request; a body that is no text is sent as JSON. */
  send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response>;
}

/** `ux` = small, `planning` = large, which thinks, `embed` = vectors. */
export const threeModels: Partial<ModelPoolOptions> = {
  models: {
    small: { backend: 'fake', model: 'small:1b', contextTokens: 4096 },
    large: { backend: 'fake', model: 'large:8b', contextTokens: 4096, think: true },
    vectors: { backend: 'fake', model: 'vectors:1b', contextTokens: 4096 },
  },
  roles: { ux: { candidates: ['small'] }, planning: { candidates: ['large'] }, embed: { candidates: ['vectors'] } },
};

const installed = [
  { model: 'small:1b' },
  { model: 'large:8b' },
  { model: 'vectors:1b', capabilities: ['embedding'] },
] as const;

/** Opens a pool on a fake and serves it. */
export async function openServed(
  more: Partial<ModelPoolOptions> = {},
  fakeOptions: FakeOllamaOptions = {},
  handlerOptions: PoolHandlerOptions = {},
): Promise<ServedPoolOnFake> {
  const opened = await openPool({ ...threeModels, ...more }, { models: installed, ...fakeOptions });
  const served = await serve(opened.pool, handlerOptions);
  return {
    ...{ fake: opened.fake, pool: opened.pool, events: opened.events, served },
    send: (method, path, body, signal) =>
      fetch(served.url + path, {
        method,
        signal: signal ?? null,
        body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async [Symbol.asyncDispose]() {
      await served.close();
      await opened[Symbol.asyncDispose]();
    },
  };
}

/** The named events of a stream; comments are left out. */
export function readEvents(text: string): SentEvent[] {
  return text.split('\n\n').flatMap((block) => {
    const [, type, data] = /^event: (.+)\ndata: (.+)$/.exec(block) ?? [];
    return type === undefined || data === undefined
      ? []
      : [{ type, data: JSON.parse(data) as Record<string, unknown> }];
  });
}

/** Reads a stream while it comes. */
export function readAlong(answer: Response): { text(): string; readonly done: Promise<void> } {
  let text = '';
  const read = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>)
      text += decoder.decode(chunk, { stream: true });
  };
  return { text: () => text, done: read().catch(() => {}) };
}

/** A value as JSON carries it. */
export const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
