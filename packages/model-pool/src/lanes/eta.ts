/** Learnt speeds of a model, tokens a second; `null` = nothing learnt. */
export interface LaneSpeeds {
  /** Of reading. */
  readonly prefillRate: number | null;
  /** Of writing. */
  readonly decodeRate: number | null;
}

/** A running call. */
export interface RunningView {
  /** For how long it has run, ms. */
  readonly ageMs: number;
  /** Tokens of its prompt. */
  readonly promptTokens: number;
  /** Tokens that its answer is expected to have. */
  readonly expectedTokens: number;
  /** Tokens of its answer so far; 0 = it still reads its prompt. */
  readonly writtenTokens: number;
}

/** Work that waits. */
export interface QueuedWork {
  /** Calls. */
  readonly calls: number;
  /** Tokens of their prompts. */
  readonly promptTokens: number;
  /** Tokens that their answers are expected to have. */
  readonly expectedTokens: number;
}

/** What a wait depends on. */
export interface WaitView extends LaneSpeeds {
  /** Calls that the model takes at a time. */
  readonly slots: number;
  /** Running calls. */
  readonly running: readonly RunningView[];
  /** Calls before it, itself excluded. */
  readonly ahead: QueuedWork;
  /** Learnt duration of a call, ms; `null` = none ended yet. */
  readonly meanMs: number | null;
  /** How long the model's server asked to be left alone, ms. */
  readonly pausedMs: number;
}

/** How long work takes; by the mean duration where the speed is not known. */
function durationMs({ calls, promptTokens, expectedTokens }: QueuedWork, view: WaitView): number | null {
  const { prefillRate, decodeRate, meanMs } = view;
  if (decodeRate === null) return meanMs === null ? null : calls * meanMs;
  const readMs = prefillRate === null ? 0 : (promptTokens * 1000) / prefillRate;
  return readMs + (expectedTokens * 1000) / decodeRate;
}

/** What is left of a running call; `null` = nothing learnt. */
function restMs(call: RunningView, view: WaitView): number | null {
  const { ageMs, promptTokens, expectedTokens, writtenTokens } = call;
  if (view.decodeRate !== null && writtenTokens > 0)
    return (Math.max(0, expectedTokens - writtenTokens) * 1000) / view.decodeRate;
  const wholeMs = durationMs({ calls: 1, promptTokens, expectedTokens }, view);
  return wholeMs === null ? null : Math.max(0, wholeMs - ageMs);
}

/**
 * When the turn of a waiting call is expected, ms; `null` = nothing learnt yet. What is left of the running calls by their
 * remaining tokens and the learnt speed, then reading and writing of those ahead, shared by the slots; without a speed, by
 * the mean duration.
 */
export function estimateWaitMs(view: WaitView): number | null {
  const { slots, running, ahead, pausedMs } = view;
  let nextMs = 0;
  if (running.length >= slots) {
    nextMs = Number.POSITIVE_INFINITY;
    for (const call of running) nextMs = Math.min(nextMs, restMs(call, view) ?? Number.POSITIVE_INFINITY);
    if (nextMs === Number.POSITIVE_INFINITY) return null;
  }
  const aheadMs = ahead.calls === 0 ? 0 : durationMs(ahead, view);
  return aheadMs === null ? null : Math.round(Math.max(nextMs, pausedMs) + aheadMs / slots);
}
