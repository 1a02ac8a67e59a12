import type { Clock, JsonObject } from '../../types.js';
import { chooseVictim, type FakeRunner, isSameRunner, type RunnerFields, runnerFields } from './runner.js';
import { type ShortageWords, wordsOfShortage } from './shortage.js';

/** Limits of the memory. */
export interface FakeMemoryOptions {
  /** Time. */
  readonly clock: Clock;
  /** Requests that a model computes at the same time. */
  readonly slots: number;
  /** Models at the same time. */
  readonly maxModels: number;
  /** Requests that wait for a load. */
  readonly maxQueue: number;
  /** Bytes of all models together. */
  readonly memoryBytes: number;
  /** Context of a request that asks for none. */
  readonly contextTokens: number;
  /** What a model holds. */
  readonly bytesOf: (model: string) => number;
  /** Hex digest of a model's files. */
  readonly digestOf: (model: string) => string;
}

/** What a request wants from the memory. */
export interface FakeDemand {
  /** The model. */
  readonly model: string;
  /** `options` of the request. */
  readonly options: JsonObject;
  /** `keep_alive` of the request, ms; `undefined` = left out. */
  readonly keepMs: number | undefined;
  /** Aborted once the client has left, which ends a load. */
  readonly signal: AbortSignal;
  /** The load itself. */
  readonly load: () => Promise<void>;
}

/** Why a model could not be had. */
export type FakeRefusal = 'busy' | 'gone' | ShortageWords;

/** Without `keep_alive`, ms. */
const defaultKeepMs = 300_000;
/** Where "for ever" ends. */
const foreverMs = Date.UTC(2318, 0, 1);

/**
 * Runners as Ollama keeps them. One load at a time, by one serial queue; a request whose model is there goes past it. A model
 * that is to leave gets a stay of 0 and goes once nobody has it, so that a request with a longer stay can still save it.
 */
export class FakeMemory {
  readonly #options: FakeMemoryOptions;
  readonly #runners = new Map<string, FakeRunner>();
  readonly #timers = new Map<FakeRunner, () => void>();
  readonly #history: { atMs: number; runners: readonly FakeRunner[] }[] = [];
  #onRoom: (() => void)[] = [];
  #loading: Promise<unknown> = Promise.resolve();
  #queued = 0;
  /** How many loads there were, by model. */
  readonly loads: Record<string, number> = {};

  constructor(options: FakeMemoryOptions) {
    this.#options = options;
  }

  /** What is in memory, the longest to stay first. */
  list(): FakeRunner[] {
    return [...this.#runners.values()].sort((a, b) => b.expiresAtMs - a.expiresAtMs || (a.model < b.model ? -1 : 1));
  }

  /** What was in memory at an instant. */
  listAt(atMs: number): readonly FakeRunner[] {
    return this.#history.findLast((entry) => entry.atMs <= atMs)?.runners ?? [];
  }

  /** Makes a model ready and keeps it until `release`. */
  async acquire(demand: FakeDemand): Promise<FakeRunner | FakeRefusal> {
    const wanted = runnerFields(demand.options, this.#options.contextTokens);
    const ready = this.#fitting(demand.model, wanted);
    if (ready !== null) return this.#use(ready, demand.keepMs);
    if (this.#queued >= this.#options.maxQueue) return 'busy';
    this.#queued += 1;
    const turn = this.#loading.then(() => {
      this.#queued -= 1;
      return this.#bring(demand, wanted);
    });
    this.#loading = turn.catch(() => {});
    return turn;
  }

  /** A request is over. */
  release(runner: FakeRunner): void {
    runner.users -= 1;
    this.#settle(runner);
  }

  /** Takes a slot, after those who wait already; `null` = the client left before. The returned function gives it back. */
  async slot(runner: FakeRunner, signal: AbortSignal): Promise<(() => void) | null> {
    if (signal.aborted) return null;
    if (runner.computing < this.#options.slots) runner.computing += 1;
    else if (!(await this.#queue(runner, signal))) return null;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      const next = runner.waiters.shift();
      if (next === undefined) runner.computing -= 1;
      else next();
    };
  }

  /** Gives a model the stay 0: it leaves once nobody has it. */
  expire(model: string): void {
    const runner = this.#runners.get(model);
    if (runner === undefined) return;
    runner.keepMs = 0;
    this.#settle(runner);
  }

  /** Gives every model the stay 0. */
  expireAll(): void {
    for (const model of [...this.#runners.keys()]) this.expire(model);
  }

  /** Loses everything at once, as a process that ends. */
  clear(): void {
    for (const runner of [...this.#runners.values()]) this.#remove(runner);
  }

  #fitting(model: string, wanted: RunnerFields): FakeRunner | null {
    const runner = this.#runners.get(model);
    return runner !== undefined && isSameRunner(runner.options, wanted) ? runner : null;
  }

  #use(runner: FakeRunner, keepMs: number | undefined): FakeRunner {
    runner.users += 1;
    if (keepMs !== undefined) runner.keepMs = keepMs;
    this.#touch(runner);
    return runner;
  }

  async #bring(demand: FakeDemand, wanted: RunnerFields): Promise<FakeRunner | FakeRefusal> {
    const { model, signal, keepMs = defaultKeepMs } = demand;
    const bytes = this.#options.bytesOf(model);
    for (;;) {
      if (signal.aborted) return 'gone';
      const ready = this.#fitting(model, wanted);
      if (ready !== null) return this.#use(ready, demand.keepMs);
      const leaving = this.#runners.get(model) ?? this.#victim(bytes);
      if (leaving === null) break;
      const room = this.#room(signal);
      this.expire(leaving.model);
      await room;
    }
    const { memoryBytes } = this.#options;
    if (bytes > memoryBytes) return wordsOfShortage({ needBytes: bytes, availableBytes: memoryBytes });
    await demand.load();
    if (signal.aborted) return 'gone';
    const runner: FakeRunner = {
      model,
      options: wanted,
      contextTokens: Number(wanted.num_ctx),
      bytes,
      digest: this.#options.digestOf(model),
      keepMs,
      expiresAtMs: 0,
      users: 0,
      computing: 0,
      waiters: [],
    };
    this.loads[model] = (this.loads[model] ?? 0) + 1;
    this.#runners.set(model, runner);
    this.#use(runner, undefined);
    this.#remember();
    return runner;
  }

  /** Who has to leave so that so many bytes fit; `null` = nobody, or nobody is left. */
  #victim(bytes: number): FakeRunner | null {
    const runners = [...this.#runners.values()];
    const held = runners.reduce((sum, runner) => sum + runner.bytes, 0);
    const fits = runners.length < this.#options.maxModels && held + bytes <= this.#options.memoryBytes;
    return fits ? null : chooseVictim(runners);
  }

  /** Resolves once it is worth to look again: some model has left or is idle, or the client has left. */
  #room(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      this.#onRoom.push(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  #tellRoom(): void {
    const waiting = this.#onRoom;
    this.#onRoom = [];
    for (const resolve of waiting) resolve();
  }

  #queue(runner: FakeRunner, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const leave = () => {
        runner.waiters.splice(runner.waiters.indexOf(enter), 1);
        resolve(false);
      };
      const enter = () => {
        signal.removeEventListener('abort', leave);
        resolve(true);
      };
      runner.waiters.push(enter);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  /** Begins the stay of a model anew; one whose stay is over leaves if nobody has it. */
  #settle(runner: FakeRunner): void {
    if (this.#runners.get(runner.model) !== runner) return;
    if (runner.keepMs <= 0 && runner.users === 0) {
      this.#remove(runner);
      return;
    }
    this.#touch(runner);
    if (runner.users === 0) this.#tellRoom();
  }

  #touch(runner: FakeRunner): void {
    runner.expiresAtMs = Number.isFinite(runner.keepMs) ? this.#options.clock.now() + runner.keepMs : foreverMs;
    this.#arm(runner);
  }

  #arm(runner: FakeRunner): void {
    const { clock } = this.#options;
    this.#timers.get(runner)?.();
    this.#timers.delete(runner);
    if (runner.users > 0 || !Number.isFinite(runner.keepMs)) return;
    const restMs = Math.min(Math.max(0, runner.expiresAtMs - clock.now()), 2 ** 31 - 1);
    const onTime = () => (clock.now() < runner.expiresAtMs ? this.#arm(runner) : this.#remove(runner));
    this.#timers.set(runner, clock.after(restMs, onTime));
  }

  #remove(runner: FakeRunner): void {
    this.#runners.delete(runner.model);
    this.#timers.get(runner)?.();
    this.#timers.delete(runner);
    this.#remember();
    this.#tellRoom();
  }

  #remember(): void {
    this.#history.push({ atMs: this.#options.clock.now(), runners: this.list().map((runner) => ({ ...runner })) });
    if (this.#history.length > 1_000) this.#history.shift();
  }
}
