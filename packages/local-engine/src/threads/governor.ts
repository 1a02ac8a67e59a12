/** A stretch of writing in which nothing else was computed. */
export interface ThreadSample {
  /** When it ended. */ readonly atMs: number;
  readonly tokens: number;
  readonly wallMs: number;
  /** Time of all cores that the process used. */ readonly cpuMs: number;
  /** Share of the machine that this process used or nobody did, 0 to 1. */ readonly freeShare: number;
}

/** What the number of threads is led by. */
export interface GovernorState {
  /** Threads to use. */ readonly threads: number;
  /** What one thread did; `null` until it is measured, in the first tokens after the load. */
  readonly alone: { readonly cpuMsPerToken: number; readonly tokensPerMs: number } | null;
  /** When the number was changed. */ readonly changedAtMs: number;
}

const calmMs = 60_000;
const leastFree = 0.8;
/** CPU per token, compared with one thread, from which threads mostly wait for each other. */
const mostEffort = 2;

/** Begins with one thread, so that there is something to compare with. */
export function startGovernor(atMs: number): GovernorState {
  return { threads: 1, alone: null, changedAtMs: atMs };
}

/**
 * Halves the threads when they are worth less than one: more than twice its CPU per token, or fewer tokens per second. Adds one after
 * a minute without a change, while at least 80 % of the machine is ours or idle.
 *
 * @param most what the rule grants
 */
export function governThreads(state: GovernorState, sample: ThreadSample, most: number): GovernorState {
  const cpuMsPerToken = sample.cpuMs / sample.tokens;
  const tokensPerMs = sample.tokens / Math.max(0.001, sample.wallMs);
  const changedAtMs = sample.atMs;
  if (!state.alone) return { threads: most, alone: { cpuMsPerToken, tokensPerMs }, changedAtMs };
  const threads = Math.min(state.threads, most);
  const isWasted = cpuMsPerToken > mostEffort * state.alone.cpuMsPerToken || tokensPerMs < state.alone.tokensPerMs;
  if (threads > 1 && isWasted) return { ...state, threads: Math.floor(threads / 2), changedAtMs };
  const isCalm = sample.atMs - state.changedAtMs >= calmMs && sample.freeShare >= leastFree;
  if (state.threads < most && isCalm) return { ...state, threads: state.threads + 1, changedAtMs };
  return state;
}
