import '@anthropic-ai/sdk'; // loaded before the first call, whose time is short in these tests
import { inspect } from 'node:util';
import { anthropicBackend } from '../../src/backends/anthropic/index.js';
import type { AnthropicBackendOptions } from '../../src/backends/anthropic/options.js';
import {
  type CallEnd,
  type CallEvent,
  type CallRequest,
  createModelPool,
  type Logger,
  type ModelPool,
  ModelPoolError,
  type ModelPoolOptions,
  type PoolEvent,
} from '../../src/index.js';
import { type FakeAnthropic, type FakeOllama, startFakeAnthropic, startFakeOllama } from '../../src/testing/index.js';

export const claudeKey = 'sk-ant-api03-do-not-tell';

export interface OpenedClaude extends AsyncDisposable {
  readonly claude: FakeAnthropic;
  readonly local: FakeOllama;
  readonly pool: ModelPool;
  readonly events: PoolEvent[];
  /** Everything that was logged, as text. */
  readonly lines: string[];
}

/** A pool with Claude for `planning`, and for `ux` with a local model behind it. */
export async function openClaude(
  more: Partial<ModelPoolOptions> = {},
  options: Partial<AnthropicBackendOptions> = {},
): Promise<OpenedClaude> {
  const claude = await startFakeAnthropic({ apiKey: claudeKey });
  const local = await startFakeOllama({ models: [{ model: 'small:1b' }] });
  const lines: string[] = [];
  const log = (fields: object, message: string) =>
    void lines.push(`${message} ${inspect(fields, { depth: Number.POSITIVE_INFINITY, showHidden: true })}`);
  const logger: Logger = { debug: log, info: log, warn: log, error: log };
  const pool = createModelPool({
    backends: {
      claude: anthropicBackend({ apiKey: claudeKey, baseUrl: claude.url, ...options }),
      local: { kind: 'ollama', url: local.url },
    },
    models: {
      cloud: { backend: 'claude', model: 'claude-opus-5-5', contextTokens: 200_000 },
      small: { backend: 'local', model: 'small:1b', contextTokens: 4096 },
    },
    roles: { ux: { candidates: ['cloud', 'small'] }, planning: { candidates: ['cloud'] } },
    random: () => 0,
    logger,
    ...more,
  });
  const events: PoolEvent[] = [];
  pool.subscribe((event) => events.push(event));
  return {
    claude,
    local,
    pool,
    events,
    lines,
    async [Symbol.asyncDispose]() {
      await pool.close();
      await claude.close();
      await local.close();
    },
  };
}

export interface Played {
  readonly events: CallEvent[];
  readonly ends: CallEnd[];
  readonly text: string;
  readonly error: ModelPoolError | null;
}

/** A call to its end, streamed or collected. */
export async function playCall(
  { pool, events }: Pick<OpenedClaude, 'pool' | 'events'>,
  request: CallRequest,
  isCollected: boolean,
): Promise<Played> {
  const from = events.length;
  let error: ModelPoolError | null = null;
  try {
    if (isCollected) await pool.generate(request);
    else for await (const _ of pool.call(request));
  } catch (thrown) {
    if (!ModelPoolError.isInstance(thrown)) throw thrown;
    error = thrown;
  }
  const own = events
    .slice(from)
    .filter((event): event is CallEvent => 'requestId' in event && event.type !== 'decision');
  const ends = own.filter((event): event is CallEnd => event.type === 'call-end');
  const text = own.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
  return { events: own, ends, text, error };
}
