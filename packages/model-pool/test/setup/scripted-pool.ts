import { type ManualClock, manualClock } from '@tale/test-kit';
import { poolError } from '../../src/calls/call-error.js';
import {
  type Backend,
  createModelPool,
  type ModelPool,
  type ModelPoolErrorCode,
  type ModelPoolErrorOptions,
  type ModelPoolOptions,
  type PoolEvent,
  type TextRequest,
  type TextSink,
} from '../../src/index.js';
import { pause } from '../../src/waiting/pause.js';

/** What a scripted server does with a request for text. */
export interface Turn {
  /** Pieces of the answer. */
  readonly tokens?: number;
  /** Reading the prompt, ms. */
  readonly prefillMs?: number;
  /** One piece, ms. */
  readonly pieceMs?: number;
  /** Fails after the pieces. */
  readonly code?: ModelPoolErrorCode;
  /** Facts of the failure. */
  readonly facts?: ModelPoolErrorOptions;
}

export interface ScriptedModel {
  readonly bytes?: number;
  readonly capabilities?: readonly string[] | null;
  readonly loadMs?: number;
}

export interface ScriptedServer {
  /** What comes next for a model, in order; then answers of 3 tokens. */
  plan(model: string, ...turns: Turn[]): void;
  /** Loads of a model fail so often. */
  failLoads(model: string, times: number, code?: ModelPoolErrorCode): void;
  /** Whether it refuses connections. */
  isDown: boolean;
  /** Models that it does not list. */
  readonly unlisted: Set<string>;
  /** Requests for text, oldest first. */
  readonly asked: TextRequest[];
  /** Loads that began. */
  readonly loads: string[];
  /** Models in memory. */
  readonly resident: Set<string>;
}

export interface ScriptedPool extends AsyncDisposable {
  readonly clock: ManualClock;
  readonly pool: ModelPool;
  readonly events: PoolEvent[];
  readonly server: ScriptedServer;
  /** Moves the clock until a promise is settled, at most an hour. */
  settle<Value>(promise: Promise<Value>): Promise<Value>;
  /** Moves the clock until something is seen, at most an hour. */
  until(check: () => boolean): Promise<void>;
}

/** A server of another kind, driven by a clock that only moves when it is told to, and a pool on it. */
export async function openScripted(
  models: Readonly<Record<string, ScriptedModel>>,
  more: Partial<ModelPoolOptions> = {},
): Promise<ScriptedPool> {
  const clock = manualClock();
  const plans = new Map<string, Turn[]>();
  const loadFailures = new Map<string, { left: number; code: ModelPoolErrorCode }>();
  const asked: TextRequest[] = [];
  const loads: string[] = [];
  const resident = new Set<string>();
  const wait = (delayMs: number, signal: AbortSignal) => pause(clock, delayMs, signal);
  const checkUp = () => {
    if (server.isDown) throw poolError('backend-down', 'scripted refusal', { details: { refused: true } });
  };
  const stream = async (request: TextRequest, sink: TextSink) => {
    checkUp();
    asked.push(request);
    const { tokens = 3, prefillMs = 10, pieceMs = 10, code, facts } = plans.get(request.profile.model)?.shift() ?? {};
    await wait(prefillMs, request.signal);
    if (tokens > 0) sink.started();
    for (let index = 0; index < tokens; index += 1) {
      await wait(pieceMs, request.signal);
      await sink.piece('text', 'word ');
    }
    if (code !== undefined) throw poolError(code, `scripted ${code}`, facts);
    sink.counts.inputTokens = 7;
    sink.counts.outputTokens = tokens;
    return { finishReason: 'stop', times: null } as const;
  };
  const installed = Object.entries(models).map(([model, { bytes = 1e9, capabilities = null }]) => ({
    ...{ model, digest: `digest-${model}`, bytes, capabilities },
    ...{ kvBytesPerToken: 1, contextTokens: 4_096 },
  }));
  const server: ScriptedServer = {
    plan: (model, ...turns) => void plans.set(model, [...(plans.get(model) ?? []), ...turns]),
    failLoads: (model, times, code = 'load-failed') => void loadFailures.set(model, { left: times, code }),
    isDown: false,
    unlisted: new Set(),
    ...{ asked, loads, resident },
  };
  const create = ({ name }: { name: string }): Backend => ({
    name,
    kind: 'scripted',
    url: 'scripted:',
    device: 'local',
    traits: { residency: 'managed', isLocal: true, canPull: false, isProbed: true },
    async version() {
      checkUp();
      return { version: '1', engine: 'scripted' };
    },
    list: async () => installed.filter(({ model }) => !server.unlisted.has(model)),
    loaded: async () =>
      installed
        .filter(({ model }) => resident.has(model))
        .map(({ model, digest, bytes }) => ({ model, digest, bytes, contextTokens: 4_096, expiresAtMs: null })),
    describe: async (model) => model,
    async load({ model }, signal) {
      loads.push(model);
      await wait(models[model]?.loadMs ?? 1_000, signal);
      const failure = loadFailures.get(model);
      if (failure !== undefined && failure.left > 0) {
        failure.left -= 1;
        throw poolError(failure.code, `scripted ${failure.code}`);
      }
      resident.add(model);
    },
    async unload(model) {
      resident.delete(model);
    },
    pull: () => Promise.reject(poolError('configuration', 'nothing to pull')),
    stream,
    embed: async () => ({ embeddings: [[1]], inputTokens: 1 }),
    decide: () => Promise.reject(poolError('capability-missing', 'no decisions')),
    close: async () => {},
  });
  let ids = 0;
  const pool = createModelPool({
    backends: { server: { kind: 'scripted', create } },
    models: {
      small: { backend: 'server', model: 'small', contextTokens: 4_096 },
      large: { backend: 'server', model: 'large', contextTokens: 4_096 },
    },
    roles: { ux: { candidates: ['small'] }, planning: { candidates: ['large'] } },
    health: { canaryMs: null },
    clock: { ...clock, monotonicMs: clock.now },
    random: () => 0.5,
    createId: () => {
      ids += 1;
      return `ID${ids}`;
    },
    ...more,
  });
  const events: PoolEvent[] = [];
  pool.subscribe((event) => events.push(event));
  const until = async (check: () => boolean) => {
    for (let ms = 0; ms < 3_600_000; ms += 10) {
      await new Promise((resolve) => setImmediate(resolve));
      if (check()) return;
      await clock.advance(10);
    }
    throw new Error('nothing came of it within an hour');
  };
  const settle = async <Value>(promise: Promise<Value>): Promise<Value> => {
    let isSettled = false;
    const mark = () => {
      isSettled = true;
    };
    promise.then(mark, mark);
    await until(() => isSettled);
    return promise;
  };
  return {
    clock,
    pool,
    events,
    server,
    settle,
    until,
    async [Symbol.asyncDispose]() {
      await settle(pool.close());
    },
  };
}
