import type { CallEvents } from './call.js';
import type { FromRunner, RunnerResults } from './protocol.js';
import { afterSign, type CallSigns, isStalled } from './stall.js';

/** A call that a child is answering. */
export interface OpenCall {
  /** Silence that is expected of it. */ readonly expectedGapMs: number;
  readonly signal: AbortSignal;
  readonly events: CallEvents;
  resolve(result: RunnerResults[keyof RunnerResults]): void;
  reject(error: unknown): void;
}

/** The calls that a child is answering, by id. */
export interface OpenCalls {
  /** @returns its id */
  open(call: OpenCall): number;
  /** Hands on what is heard of a call; of an aborted one nothing but its end. */
  hear(message: Extract<FromRunner, { id: number }>): void;
  /** Takes a call out. */
  close(id: number): OpenCall | null;
  /** Ends all of them. */
  rejectAll(error: Error): void;
  /** Whether there are some, and all are silent for too long: one may wait for a more urgent one. */
  hasStalled(): boolean;
}

/** See {@link OpenCalls}. */
export function createOpenCalls(now: () => number): OpenCalls {
  const calls = new Map<number, { readonly call: OpenCall; signs: CallSigns }>();
  let lastId = 0;
  return {
    open(call) {
      calls.set(++lastId, { call, signs: { lastSignAtMs: now(), longestGapMs: call.expectedGapMs } });
      return lastId;
    },
    hear(message) {
      const entry = calls.get(message.id);
      if (!entry) return;
      entry.signs = afterSign(entry.signs, now());
      const { events, signal } = entry.call;
      if (signal.aborted) return;
      if (message.type === 'delta') events.onText?.(message);
      if (message.type === 'prefill') events.onPrefill?.(message.doneTokens, message.totalTokens);
      if (message.type === 'unenforced') events.onUnenforced?.(message.keywords);
    },
    close(id) {
      const entry = calls.get(id);
      calls.delete(id);
      return entry?.call ?? null;
    },
    rejectAll(error) {
      const open = [...calls.values()];
      calls.clear();
      for (const { call } of open) call.reject(error);
    },
    hasStalled: () => calls.size > 0 && [...calls.values()].every(({ signs }) => isStalled(signs, now())),
  };
}
