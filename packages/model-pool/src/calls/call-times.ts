import type { TextEnd } from '../backends/backend.js';
import type { CallTiming } from '../types.js';

/** Monotonic instants of an attempt, ms; `null` = it did not come so far. */
export interface CallTimes {
  /** Entered the lane. */
  readonly enteredMs: number;
  /** Left the lane. */
  readonly grantedMs: number;
  /** Asked for the model. */
  readonly askedMs: number | null;
  /** Had the model. */
  readonly readyMs: number | null;
  /** Sent the request. */
  readonly sentMs: number | null;
  /** Saw the first object of the answer. */
  readonly firstMs: number | null;
  /** Saw the first piece of text. */
  readonly textMs: number | null;
  /** Had the whole answer, or the failure. */
  readonly answeredMs: number;
  /** The end, with all that the pool did after the answer. */
  readonly endedMs: number;
}

/** Microseconds are enough. */
const round = (ms: number) => Math.round(ms * 1000) / 1000;

type Parts = Pick<CallTiming, 'serverWaitMs' | 'prefillMs' | 'decodeMs' | 'transportMs'>;

const unknown: Parts = { serverWaitMs: null, prefillMs: null, decodeMs: null, transportMs: null };

/**
 * Splits the time between request and answer. With the server's own times: its wait is everything that is neither prefill
 * nor decode (the `load_duration` of a warm model is waiting for its scheduler), the wire has the rest. Without them the
 * first object separates prefill and decode.
 */
function splitAnswer({ sentMs, firstMs, answeredMs }: CallTimes, server: TextEnd['times']): Parts {
  if (sentMs === null) return unknown;
  const wallMs = answeredMs - sentMs;
  if (server !== null && server.totalMs <= wallMs + 1) {
    const { prefillMs, decodeMs } = server;
    const totalMs = Math.min(server.totalMs, wallMs);
    const serverWaitMs = Math.max(0, totalMs - prefillMs - decodeMs);
    return {
      serverWaitMs,
      prefillMs,
      decodeMs,
      transportMs: Math.max(0, wallMs - serverWaitMs - prefillMs - decodeMs),
    };
  }
  if (firstMs === null) return { ...unknown, prefillMs: wallMs };
  return { ...unknown, prefillMs: firstMs - sentMs, decodeMs: answeredMs - firstMs };
}

/** Where the time of an attempt went. What no part explains is the pool's own. */
export function splitTime(times: CallTimes, server: TextEnd['times']): CallTiming {
  const { enteredMs, grantedMs, askedMs, readyMs, textMs, answeredMs, endedMs } = times;
  const durationMs = endedMs - enteredMs;
  const queueMs = grantedMs - enteredMs;
  const loadMs = askedMs === null ? null : (readyMs ?? answeredMs) - askedMs;
  const parts = splitAnswer(times, server);
  const known =
    queueMs +
    (loadMs ?? 0) +
    (parts.serverWaitMs ?? 0) +
    (parts.prefillMs ?? 0) +
    (parts.decodeMs ?? 0) +
    (parts.transportMs ?? 0);
  const rounded = (ms: number | null) => (ms === null ? null : round(ms));
  return {
    durationMs: round(durationMs),
    queueMs: round(queueMs),
    poolMs: round(Math.max(0, durationMs - known)),
    loadMs: rounded(loadMs),
    serverWaitMs: rounded(parts.serverWaitMs),
    prefillMs: rounded(parts.prefillMs),
    decodeMs: rounded(parts.decodeMs),
    transportMs: rounded(parts.transportMs),
    ttftMs: textMs === null ? null : round(textMs - enteredMs),
  };
}
