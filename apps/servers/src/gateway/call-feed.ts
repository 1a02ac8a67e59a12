import type { CallEvent } from '@tale/model-pool';
import type { TextSnapshot } from '@tale/protocol';

/** An event of a call as the gateway's stream carries it. */
export type FeedEvent = CallEvent | TextSnapshot;

/** What the models say about the calls of tasks, for whoever watches a task. */
export interface CallFeed {
  /** Takes an event of the pool. */
  push(event: CallEvent): void;
  /**
   * Calls `listener` with the calls of a task (of all tasks for `null`): first what is known of open and just ended ones, with a
   * snapshot instead of their deltas, then everything new. Returns a function that ends it.
   */
  follow(taskId: string | null, listener: (event: FeedEvent) => void): () => void;
}

interface KnownCall {
  readonly events: CallEvent[];
  readonly taskId: string;
  text: string;
  endedAtMs: number | null;
}

/** A watcher that comes a moment late still sees a short call, such as an acknowledgement. */
const keepEndedMs = 60_000;
const mostCalls = 2_000;

export function createCallFeed(now: () => number): CallFeed {
  const calls = new Map<string, KnownCall>();
  const listeners = new Map<(event: FeedEvent) => void, string | null>();

  function remember(event: CallEvent, taskId: string): void {
    if (!('callId' in event)) return;
    const call = calls.get(event.callId) ?? { events: [], taskId, text: '', endedAtMs: null };
    calls.set(event.callId, call);
    if (event.type === 'text-delta') call.text = withDelta(call.text, event.offset, event.text);
    else if (event.type === 'call-start' || event.type === 'call-end') call.events.push(event);
    if (event.type === 'call-end') call.endedAtMs = now();
    forget();
  }

  function forget(): void {
    const oldest = now() - keepEndedMs;
    for (const [callId, { endedAtMs }] of calls) {
      const isOld = endedAtMs !== null && endedAtMs < oldest;
      if (!isOld && calls.size <= mostCalls) break;
      calls.delete(callId);
    }
  }

  return {
    push(event) {
      const taskId = event.labels.taskId;
      if (taskId === null) return;
      remember(event, taskId);
      for (const [listener, wanted] of listeners) if (wanted === null || wanted === taskId) listener(event);
    },
    follow(taskId, listener) {
      for (const [callId, call] of calls) {
        if (taskId !== null && call.taskId !== taskId) continue;
        const [start, end] = call.events;
        if (start) listener(start);
        if (start && call.text !== '') listener(snapshot(callId, start, call.text));
        if (end) listener(end);
      }
      listeners.set(listener, taskId);
      return () => listeners.delete(listener);
    },
  };
}

/** The text with a piece at its offset; where pieces before it were missed, the hole is shown. */
function withDelta(text: string, offset: number, piece: string): string {
  const missing = '\ufffd'.repeat(Math.max(0, offset - text.length));
  return text.slice(0, offset) + missing + piece;
}

function snapshot(callId: string, { requestId, labels }: CallEvent, text: string): TextSnapshot {
  return { type: 'text-snapshot', callId, requestId, text, labels };
}
