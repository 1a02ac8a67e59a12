import type { Clock, JsonObject } from '../types.js';

/** A model in the memory of the fake. */
export interface FakeRunner {
  /** Its name. */
  readonly model: string;
  /** Options that start a new runner when they change. */
  readonly options: Readonly<Record<string, number>>;
  /** Context, tokens. */
  readonly contextTokens: number;
  /** How long it stays after a request, ms; infinite for ever. */
  keepMs: number;
  /** Epoch ms. */
  expiresAtMs: number;
  /** Requests that compute. */
  active: number;
  /** Requests that wait for the slot. */
  readonly waiters: (() => void)[];
}

const runnerKeys = ['num_ctx', 'num_batch', 'num_gpu', 'main_gpu', 'num_thread'];
const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `keep_alive` as Ollama reads it, ms; `undefined` = left out, `null` = not allowed. The string "-1" is not. */
export function parseKeepAlive(value: unknown): number | null | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number') return value < 0 ? Number.POSITIVE_INFINITY : value * 1000;
  const parts = typeof value === 'string' ? [...value.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)] : [];
  if (
    typeof value !== 'string' ||
    parts.length === 0 ||
    parts.map(([text]) => text).join('') !== value.replace(/^-/, '')
  )
    return null;
  if (value.startsWith('-')) return Number.POSITIVE_INFINITY;
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ''] ?? 0), 0);
}

/** Runners as Ollama keeps them: one load at a time, one slot each, at most three, leaving by time, then by name. */
export class FakeMemory {
  readonly #clock: Clock;
  readonly #runners = new Map<string, FakeRunner>();
  readonly #timers = new Map<string, () => void>();
  #loading: Promise<unknown> = Promise.resolve();
  /** How many loads there were, by model. */
  readonly loads: Record<string, number> = {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What is in memory, the soonest to leave first. */
  list(): FakeRunner[] {
    return [...this.#runners.values()].sort((a, b) => a.expiresAtMs - b.expiresAtMs || (a.model < b.model ? -1 : 1));
  }

  /** Makes a model ready with the options of a request and gives its runner. `wait` is the load itself. */
  async ready(
    model: string,
    options: JsonObject,
    keepMs: number | undefined,
    wait: () => Promise<void>,
  ): Promise<FakeRunner> {
    const wanted: Record<string, number> = { num_ctx: 4096 };
    for (const key of runnerKeys) if (typeof options[key] === 'number') wanted[key] = options[key];
    const fits = () => {
      const runner = this.#runners.get(model);
      return runner !== undefined && runnerKeys.every((key) => runner.options[key] === wanted[key])
        ? runner
        : undefined;
    };
    let runner = fits();
    if (runner === undefined) {
      const turn = this.#loading.then(async () => {
        if (fits() !== undefined) return;
        this.remove(model);
        await wait();
        if (this.#runners.size >= 3) this.#evictOne();
        this.loads[model] = (this.loads[model] ?? 0) + 1;
        this.#runners.set(model, {
          model,
          options: wanted,
          contextTokens: wanted.num_ctx ?? 4096,
          keepMs: keepMs ?? 300_000,
          expiresAtMs: 0,
          active: 0,
          waiters: [],
        });
      });
      this.#loading = turn.catch(() => {});
      await turn;
      runner = fits();
      if (runner === undefined) throw new Error('the model was unloaded while it was loaded');
    }
    if (keepMs !== undefined) runner.keepMs = keepMs;
    this.#touch(runner);
    return runner;
  }

  /** Takes the runner's slot, after those who wait already. The returned function gives it back. */
  async slot(runner: FakeRunner): Promise<() => void> {
    while (runner.active > 0) await new Promise<void>((resolve) => runner.waiters.push(resolve));
    runner.active += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      runner.active -= 1;
      runner.waiters.shift()?.();
      if (this.#runners.get(runner.model) === runner) this.#touch(runner);
    };
  }

  /** Takes a model out. */
  remove(model: string): void {
    this.#runners.delete(model);
    this.#timers.get(model)?.();
    this.#timers.delete(model);
  }

  /** Takes everything out. */
  clear(): void {
    for (const model of [...this.#runners.keys()]) this.remove(model);
  }

  #touch(runner: FakeRunner): void {
    this.#timers.get(runner.model)?.();
    this.#timers.delete(runner.model);
    runner.expiresAtMs = Number.isFinite(runner.keepMs) ? this.#clock.now() + runner.keepMs : Date.UTC(2318, 0, 1);
    if (!Number.isFinite(runner.keepMs)) return;
    const expire = () => {
      if (runner.active > 0) this.#touch(runner);
      else this.remove(runner.model);
    };
    this.#timers.set(runner.model, this.#clock.after(Math.min(runner.keepMs, 2 ** 31 - 1), expire));
  }

  #evictOne(): void {
    const [victim] = this.list().sort(
      (a, b) => a.active - b.active || a.keepMs - b.keepMs || (a.model < b.model ? -1 : 1),
    );
    if (victim !== undefined) this.remove(victim.model);
  }
}
