import type { Decision } from '../events.js';
import type { BackendMonitor } from '../health/backend-monitor.js';
import type { Clock, Logger } from '../types.js';
import { chooseResidency, type ResidentView } from './desired.js';
import type { ModelRuntime } from './runtime.js';

/** What the loop is made of. */
export interface ResidencyLoopOptions {
  /** Servers. */
  readonly monitors: ReadonlyMap<string, BackendMonitor>;
  /** Runtimes of the candidates of each role that wants one in memory; asked anew each round. */
  readonly groups: () => readonly (readonly ModelRuntime[])[];
  /** Whether calls run or wait. */
  readonly isBusy: () => boolean;
  /** Sleep with and without work, ms. */
  readonly busyMs: number;
  readonly idleMs: number;
  /** Logs a decision. */
  readonly decide: (decision: Omit<Decision, 'id' | 'atMs'>) => void;
  /** Time. */
  readonly clock: Clock;
  /** Log lines. */
  readonly logger: Logger;
}

/**
 * Looks at the servers, compares with what should be in memory, and acts: residency is restored, not assumed, because a
 * server's pin is soft. One round at a time; a wake during a round starts the next one right after it.
 */
export class ResidencyLoop {
  readonly #options: ResidencyLoopOptions;
  readonly #controller = new AbortController();
  #round: Promise<void> | null = null;
  #again = false;
  #cancelTimer: (() => void) | null = null;
  #isStarted = false;

  constructor(options: ResidencyLoopOptions) {
    this.#options = options;
  }

  /** Makes the first round, whose loads go on in the background, and starts the timer. */
  async start(): Promise<void> {
    this.#isStarted = true;
    await this.#run();
  }

  /** Makes a round now. */
  wake(): void {
    if (!this.#isStarted || this.#controller.signal.aborted) return;
    if (this.#round === null) void this.#run();
    else this.#again = true;
  }

  /** Ends the loop and the loads that only it waits for. */
  async close(): Promise<void> {
    this.#controller.abort(new Error('the pool is closed'));
    this.#cancelTimer?.();
    await this.#round;
  }

  async #run(): Promise<void> {
    this.#cancelTimer?.();
    this.#round ??= this.#look().finally(() => {
      this.#round = null;
    });
    await this.#round;
    const { signal } = this.#controller;
    if (signal.aborted) return;
    if (this.#again) {
      this.#again = false;
      return this.#run();
    }
    const { clock, busyMs, idleMs, isBusy, monitors } = this.#options;
    const isWrong = [...monitors.values()].some(({ isUp }) => !isUp);
    this.#cancelTimer?.();
    this.#cancelTimer = clock.after(isBusy() || isWrong ? busyMs : idleMs, () => void this.#run());
  }

  async #look(): Promise<void> {
    const { monitors, groups, logger } = this.#options;
    const { signal } = this.#controller;
    const looks = await Promise.allSettled([...monitors.values()].map((monitor) => monitor.look(signal)));
    for (const look of looks)
      if (look.status === 'rejected') logger.debug({ error: look.reason }, 'a server does not answer');
    if (signal.aborted) return;
    const runtimes = groups();
    const byName = new Map(runtimes.flat().map((runtime) => [runtime.name, runtime]));
    for (const { name, action } of chooseResidency(
      runtimes.map((group) => group.map((runtime) => this.#view(runtime))),
    )) {
      const runtime = byName.get(name);
      if (runtime !== undefined) this.#act(runtime, action);
    }
    for (const runtime of byName.values()) if (runtime.checkDrift()) this.#act(runtime, 'touch');
  }

  #view(runtime: ModelRuntime): ResidentView {
    const { name, state, isInstalled, restMs, loaded, backend } = runtime;
    const expiresAtMs = loaded?.expiresAtMs ?? null;
    return {
      name,
      state,
      isInstalled,
      restMs,
      isBackendUp: this.#options.monitors.get(backend.name)?.isUp ?? false,
      expiresInMs: expiresAtMs === null ? null : expiresAtMs - this.#options.clock.now(),
    };
  }

  #act(runtime: ModelRuntime, action: 'preload' | 'touch'): void {
    const { signal } = this.#controller;
    const inputs = { name: runtime.name, state: runtime.state };
    this.#options.decide({ kind: 'residency', requestId: null, callId: null, inputs, chosen: action, rejected: [] });
    const done = action === 'preload' ? runtime.ensureReady(signal) : runtime.renew(signal);
    done.then(
      () => {},
      (error: unknown) => {
        if (!signal.aborted)
          this.#options.logger.warn({ model: runtime.name, action, error }, 'residency was not restored');
      },
    );
  }
}
