import { openCallValues, settledCallValues } from './call-values.js';
import type { CallEnd, CallHandle, CallStart } from './calls.js';
import { countUsage, isCount } from './count-usage.js';
import type { Script } from './queries/types.js';
import { openCall, progressCall } from './store/open-call.js';
import type { Presence } from './store/presence.js';
import type { CallWrite, RecordKeeper } from './store/record-keeper.js';
import type { CallValues } from './store/schema.js';
import { type Settled, settleCall } from './store/settle-call.js';
import type { Clock } from './types.js';

const progressMs = 2_000;
const progressTokens = 256;

/** What the writes of calls need. */
export interface CallWriting {
  readonly processId: string;
  readonly clock: Clock;
  readonly keeper: RecordKeeper;
  readonly presence: Presence;
  /** Hears of each call once it is counted. */
  readonly settled: (end: CallEnd) => void;
}

/** The write that begins a call; `opened` hears of its row once that is stored. */
export function beginWrite(
  start: CallStart,
  { processId, clock, presence }: CallWriting,
  opened: (row: CallValues) => void,
): CallWrite<boolean> {
  const values = openCallValues(start, processId, Math.round(clock.now()));
  return {
    callId: start.callId,
    isWhole: false,
    *script(): Script<boolean> {
      yield* presence.register();
      return yield* openCall(values);
    },
    committed(isNew) {
      presence.registered();
      if (isNew) opened(values);
    },
  };
}

/** The write that counts a call, of which `opened` is the row that its begin stored, if that is known. */
export function settleWrite(
  end: CallEnd,
  writing: CallWriting,
  lastProgressTokens = 0,
  opened: CallValues | null = null,
): CallWrite<Settled> {
  const counted = countUsage(end, lastProgressTokens);
  const values = settledCallValues(end, counted, writing.processId, Math.round(writing.clock.now()));
  return {
    callId: end.callId,
    isWhole: true,
    script: () => settleCall(values, opened),
    committed: (outcome) => {
      if (outcome !== 'repeated') writing.settled({ ...end, usage: counted.usage });
    },
  };
}

/** The handle of a call that has begun. */
export function createCallHandle(
  writing: CallWriting,
  start: CallStart,
  settle: (end: CallEnd, lastProgressTokens: number) => Promise<void>,
): CallHandle {
  const { clock, keeper } = writing;
  let lastTokens = 0;
  let writtenTokens = 0;
  let writtenAtMs = clock.monotonic();
  let isSettled = false;
  return {
    async progress(outputTokens) {
      if (isSettled || !isCount(outputTokens) || outputTokens <= lastTokens) return;
      lastTokens = outputTokens;
      const nowMs = clock.monotonic();
      if (outputTokens - writtenTokens < progressTokens && nowMs - writtenAtMs < progressMs) return;
      writtenTokens = outputTokens;
      writtenAtMs = nowMs;
      await keeper.attempt(function* write(): Script<void> {
        yield progressCall(start.callId, outputTokens);
      });
    },
    settle(end) {
      isSettled = true;
      return settle(end, lastTokens);
    },
  };
}
