import type { CallPurpose, TaskEvent, WireInstants } from '@tale/protocol';

/** What the events of a call have in common. */
interface OfCall {
  readonly requestId: string;
  readonly labels: { readonly purpose: CallPurpose };
}

/** Where the time of a call went, ms; unknown is `null`. */
export interface CallTiming {
  readonly durationMs: number;
  readonly queueMs: number;
  readonly poolMs: number;
  readonly loadMs: number | null;
  readonly serverWaitMs: number | null;
  readonly prefillMs: number | null;
  readonly decodeMs: number | null;
  readonly transportMs: number | null;
  readonly ttftMs: number | null;
}

export interface CallStartEvent extends OfCall {
  readonly type: 'call-start';
  readonly callId: string;
  readonly model: string;
  readonly estimatedInputTokens: number | null;
}

export interface CallEndEvent extends OfCall {
  readonly type: 'call-end';
  readonly callId: string;
  readonly model: string;
  readonly status: 'ok' | 'error' | 'aborted' | 'refused';
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number; readonly source: string };
  readonly timing: CallTiming;
  readonly error: { readonly code: string; readonly message: string } | null;
}

export type CallStreamEvent =
  | CallStartEvent
  | CallEndEvent
  | (OfCall & { readonly type: 'call-queued'; readonly position: number; readonly etaMs: number | null })
  | (OfCall & {
      readonly type: 'model-load';
      readonly callId: string;
      readonly name?: string;
      readonly etaMs: number | null;
      readonly progress?: number | null;
    })
  | (OfCall & {
      readonly type: 'text-delta' | 'thinking-delta';
      readonly callId: string;
      readonly offset: number;
      readonly text: string;
    })
  | (OfCall & { readonly type: 'text-snapshot'; readonly callId: string; readonly text: string });

/** An event of a task or of one of its calls, as the gateway's stream carries it. Other types may come and are passed over. */
export type StreamEvent = WireInstants<TaskEvent> | CallStreamEvent;

/** The purpose of a call's event, `null` for events of the task. */
export function purposeOf(event: StreamEvent): CallPurpose | null {
  return 'labels' in event ? event.labels.purpose : null;
}
