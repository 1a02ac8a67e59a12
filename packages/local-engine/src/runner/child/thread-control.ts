import { type GovernorState, governThreads, startGovernor } from '../../threads/governor.js';
import type { Llama } from './llama.js';

/** What the number of threads is measured with. */
export interface ThreadMeter {
  now(): number;
  /** Time of all cores that this process used, ms. */
  cpuMs(): number;
  /** Times of all cores of the machine since its start, ms. */
  machine(): { readonly idleMs: number; readonly totalMs: number };
}

/** Work of one call. */
export interface ThreadWork {
  onTokens(count: number): void;
  /** Something else than writing is computed: what is measured meanwhile does not count. */
  onOther(): void;
  end(): void;
}

/** The number of threads that the library computes with. */
export interface ThreadControl {
  /** The most that the parent grants now. */
  grant(threads: number): void;
  /** @param most of this call, `null` = no limit of its own */
  begin(most: number | null): ThreadWork;
}

const leastTokens = 8;
const leastMs = 200;

/** @param options.isFixed uses what is granted and measures nothing */
export function createThreadControl(
  llama: Pick<Llama, 'maxThreads'>,
  options: { readonly granted: number; readonly isFixed: boolean; readonly meter: ThreadMeter },
): ThreadControl {
  const { isFixed, meter } = options;
  let { granted } = options;
  let state: GovernorState = startGovernor(meter.now());
  const limits = new Set<{ readonly most: number }>();
  let tokens = 0;
  let start: {
    readonly atMs: number;
    readonly cpuMs: number;
    readonly idleMs: number;
    readonly totalMs: number;
  } | null = null;

  const apply = () => {
    const governed = isFixed || granted === 1 ? granted : state.threads;
    const threads = Math.max(1, Math.min(granted, governed, ...[...limits].map(({ most }) => most)));
    if (llama.maxThreads !== threads) llama.maxThreads = threads;
  };
  const restart = () => {
    tokens = 0;
    start = { atMs: meter.now(), cpuMs: meter.cpuMs(), ...meter.machine() };
  };
  const measure = (count: number) => {
    if (isFixed || granted === 1) return; // there is nothing to choose
    if (!start) return restart();
    tokens += count;
    const wallMs = meter.now() - start.atMs;
    if (tokens < leastTokens || (state.alone && wallMs < leastMs)) return;
    const cpuMs = meter.cpuMs() - start.cpuMs;
    const { idleMs, totalMs } = meter.machine();
    const spentMs = Math.max(1, totalMs - start.totalMs);
    const freeShare = Math.min(1, (idleMs - start.idleMs + cpuMs) / spentMs);
    state = governThreads(state, { atMs: meter.now(), tokens, wallMs, cpuMs, freeShare }, granted);
    apply();
    restart();
  };
  apply();
  return {
    grant(threads) {
      granted = threads;
      start = null;
      apply();
    },
    begin(most) {
      const limit = { most: most ?? Number.POSITIVE_INFINITY };
      limits.add(limit);
      start = null;
      apply();
      return {
        onTokens: measure,
        onOther() {
          start = null;
        },
        end() {
          limits.delete(limit);
          start = null;
          apply();
        },
      };
    },
  };
}
