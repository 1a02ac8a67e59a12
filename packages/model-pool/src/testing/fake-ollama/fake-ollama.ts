import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { systemClock } from '../../system.js';
import { answerRequests } from './answer-requests.js';
import { FakeDoor } from './door.js';
import type { FakeRequest } from './exchange.js';
import { checkFaultKind, type FakeFault, FakeFaultBox, fakeFaultKinds } from './faults.js';
import { FakeMemory } from './memory.js';
import type { FakeOllamaOptions } from './options.js';
import { seededRandom } from './seeded-random.js';
import type { FakeServerVerbs, FakeState, FlapOptions } from './state.js';

/** A model in the memory of the fake. */
export interface FakeResident {
  /** Its name. */
  readonly model: string;
  /** Context, tokens. */
  readonly contextTokens: number;
  /** When it leaves, epoch ms. */
  readonly expiresAtMs: number;
}

/**
 * A server that behaves as Ollama does, in this process. What goes wrong with requests is set; what happens to the server as a
 * whole is a method, and each of those is a fault as well, so that it can happen in the middle of an answer.
 */
export interface FakeOllama extends AsyncDisposable {
  /** Where it listens; the same after faults and restarts. */
  readonly url: string;
  /** Every request so far, the open ones included. */
  readonly log: readonly FakeRequest[];
  /** Replaces all faults; none = all is well. Resolves once they are in force. @throws TypeError for a kind that there is not */
  set(...faults: readonly FakeFault[]): Promise<void>;
  /** Requests that compute, by model; leaked slots count. */
  slots(): Readonly<Record<string, number>>;
  /** Models in memory, the soonest to leave first. */
  resident(): readonly FakeResident[];
  /** How often each model was loaded. */
  readonly loads: Readonly<Record<string, number>>;
  /** Takes a model out of memory once nobody has it, as another client's load does. */
  evict(model: string): void;
  /** Loads a model with another context once nobody has it, as another client does that knows of no options. Resolves once it is there. */
  reload(model: string, contextTokens?: number): Promise<void>;
  /** Loses everything in memory and every connection, as a restart does; it is away for `downMs` (0). */
  restart(downMs?: number): Promise<void>;
  /** Comes and goes. Resolves once it is there to stay. */
  flap(options?: FlapOptions): Promise<void>;
  /** Every model is to leave, as after a load that ran out of memory. */
  runOutOfMemory(): void;
  /** A model has other files from now on, as after a pull by another client; what is in memory stays as it is. */
  changeDigest(model: string): void;
  /** Stops listening and ends all connections. May be called twice. */
  close(): Promise<void>;
}

/** Starts a fake Ollama on the loopback interface. */
export async function startFakeOllama(options: FakeOllamaOptions = {}): Promise<FakeOllama> {
  for (const { kind } of options.faults ?? []) checkFaultKind(kind, fakeFaultKinds);
  const { clock = systemClock, seed = 1, serves = 'ollama', contextTokens = 4096 } = options;
  const isOllama = serves === 'ollama';
  const random = seededRandom(seed);
  const { jitter = 0 } = options.timing ?? {};
  const models = new Map((options.models ?? [{ model: 'fake:1b' }]).map((model) => [model.model, model]));
  const changes = new Map<string, number>();
  const digestOf = (model: string) => {
    const changed = changes.get(model);
    return createHash('sha256')
      .update(changed === undefined ? model : `${model} ${changed}`)
      .digest('hex');
  };
  const memory = new FakeMemory({
    clock,
    slots: options.slots ?? 1,
    maxModels: options.maxModels ?? (isOllama ? 3 : Number.POSITIVE_INFINITY),
    maxQueue: options.maxQueue ?? 512,
    memoryBytes: options.memoryBytes ?? Number.POSITIVE_INFINITY,
    contextTokens,
    digestOf,
    bytesOf: (model) => models.get(model)?.memoryBytes ?? models.get(model)?.bytes ?? 1_000_000_000,
  });
  const faults = new FakeFaultBox();
  const log: FakeRequest[] = [];
  let loadingFromMs = clock.monotonicMs();
  const closing = new AbortController();
  setMaxListeners(0, closing.signal); // one per request that goes on without its client is no leak
  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const done = () => {
        cancel();
        closing.signal.removeEventListener('abort', done);
        resolve();
      };
      const cancel = clock.after(ms, done);
      if (closing.signal.aborted) done();
      else closing.signal.addEventListener('abort', done, { once: true });
    });
  const verbs: FakeServerVerbs = {
    evict: (model) => memory.expire(model),
    async reload(model, contextTokens = 2048) {
      const signal = closing.signal;
      const demand = { model, options: { num_ctx: contextTokens }, keepMs: undefined, signal };
      const runner = await memory.acquire({ ...demand, load: () => sleep(state.delay(state.timing.loadMs)) });
      if (typeof runner !== 'string') memory.release(runner);
    },
    async restart(downMs = 0) {
      await door.shut();
      memory.clear();
      if (downMs > 0) await sleep(downMs);
      loadingFromMs = clock.monotonicMs();
      if (!closing.signal.aborted && !faults.refuses) await door.open();
    },
    async flap({ times = 10, downMs = 20, upMs = 20 } = {}) {
      for (let count = 0; count < times && !closing.signal.aborted; count += 1) {
        await verbs.restart(downMs);
        await sleep(upMs);
      }
    },
    runOutOfMemory: () => memory.expireAll(),
    changeDigest: (model) => void changes.set(model, (changes.get(model) ?? 0) + 1),
  };
  const state: FakeState = {
    memory,
    faults,
    clock,
    models,
    pullable: new Map((options.pullable ?? [{ model: 'pullable:1b' }]).map((model) => [model.model, model])),
    timing: {
      loadMs: options.timing?.loadMs ?? 0,
      prefillMsPerToken: options.timing?.prefillMsPerToken ?? 0,
      tokensPerSecond: options.timing?.tokensPerSecond ?? Number.POSITIVE_INFINITY,
      tokens: options.timing?.tokens ?? 24,
      jitter,
    },
    serves,
    contextTokens,
    version: options.version ?? '0.32.15',
    engine: options.engine ?? (isOllama ? null : 'llama.cpp'),
    seed,
    verbs,
    loadingFromMs: () => loadingFromMs,
    digestOf,
    delay: (ms) => (jitter === 0 ? ms : ms * (1 + jitter * (2 * random() - 1))),
    sleep,
  };
  const door = await FakeDoor.open(options.port ?? 0, answerRequests(state, log, options.token ?? null));
  const set = async (...given: readonly FakeFault[]) => {
    faults.set(given);
    if (faults.find('slow-load') !== undefined) loadingFromMs = clock.monotonicMs();
    await (faults.refuses ? door.shut() : door.open());
  };
  if (options.faults !== undefined) await set(...options.faults);
  const close = async () => {
    closing.abort();
    memory.clear();
    await door.shut();
  };
  return {
    url: `http://127.0.0.1:${door.port}`,
    log,
    set,
    slots: () => Object.fromEntries(memory.list().map(({ model, computing }) => [model, computing])),
    resident: () =>
      memory
        .list()
        .reverse()
        .map(({ model, contextTokens, expiresAtMs }) => ({ model, contextTokens, expiresAtMs })),
    loads: memory.loads,
    ...verbs,
    close,
    [Symbol.asyncDispose]: close,
  };
}
