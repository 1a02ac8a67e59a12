import { formatDuration } from '../duration.js';
import { formatCount, formatOrdinal } from '../render/numbers.js';
import { purposeOf, type StreamEvent } from './stream-event.js';

/** What a waiting person is waiting for. */
export type Phase =
  | { readonly kind: 'sent' }
  | { readonly kind: 'waiting'; readonly why: string }
  | { readonly kind: 'starting'; readonly message: string | null }
  | { readonly kind: 'queued'; readonly position: number; readonly etaMs: number | null }
  | { readonly kind: 'loading'; readonly model: string; readonly percent: number | null; readonly etaMs: number | null }
  | { readonly kind: 'reading'; readonly model: string; readonly inputTokens: number | null }
  | { readonly kind: 'writing'; readonly model: string; readonly pieces: number; readonly sinceMs: number }
  | { readonly kind: 'settling' }
  | { readonly kind: 'ended' };

const waitingFor: Readonly<Record<string, string>> = {
  new: 'waiting for an execution server',
  retry: 'the attempt failed, waiting for the next one',
  'lease-lost': 'its server vanished, waiting for another one',
  resumed: 'its server gave it back, waiting for another one',
};

/** The phase after an event. What the small model says beside the work (`acknowledge`) changes nothing. */
export function nextPhase(phase: Phase, event: StreamEvent, nowMs: number): Phase {
  if (purposeOf(event) === 'acknowledge') return phase;
  const model = 'model' in phase ? phase.model : 'the model';
  switch (event.type) {
    case 'task-queued':
      // The stream begins with the past: that the task was queued is no news once a call runs.
      if (event.reason === 'new' && phase.kind !== 'sent') return phase;
      return { kind: 'waiting', why: waitingFor[event.reason] ?? 'waiting' };
    case 'task-start':
    case 'step-start':
      return isIdle(phase) ? { kind: 'starting', message: null } : phase;
    case 'task-progress':
      return isIdle(phase) ? { kind: 'starting', message: event.message } : phase;
    case 'call-queued':
      return { kind: 'queued', position: event.position, etaMs: event.etaMs };
    case 'call-start':
      return { kind: 'reading', model: event.model, inputTokens: event.estimatedInputTokens };
    case 'model-load':
      return {
        kind: 'loading',
        model: 'model' in phase ? phase.model : (event.name ?? model),
        percent: typeof event.progress === 'number' ? Math.floor(event.progress * 100) : null,
        etaMs: event.etaMs,
      };
    case 'text-delta':
    case 'thinking-delta':
      if (phase.kind === 'writing') return { ...phase, pieces: phase.pieces + 1 };
      return { kind: 'writing', model, pieces: 1, sinceMs: nowMs };
    case 'text-snapshot':
      return phase.kind === 'writing' ? phase : { kind: 'writing', model, pieces: 0, sinceMs: nowMs };
    case 'call-end':
      return { kind: 'settling' };
    case 'task-end':
      return { kind: 'ended' };
    default:
      return phase;
  }
}

/** A phase as a few words. */
export function describePhase(phase: Phase, nowMs: number): string {
  switch (phase.kind) {
    case 'sent':
      return 'handing over';
    case 'waiting':
      return phase.why;
    case 'starting':
      return phase.message ?? 'starting';
    case 'queued':
      return `queued ${formatOrdinal(phase.position)} for the model${eta(phase.etaMs)}`;
    case 'loading':
      return `loading ${phase.model}${phase.percent === null ? '' : ` ${phase.percent} %`}${eta(phase.etaMs)}`;
    case 'reading':
      return `${phase.model} is reading the prompt${phase.inputTokens === null ? '' : `, ~${formatCount(phase.inputTokens)} tokens`}`;
    case 'writing':
      return `${phase.model} is writing${rate(phase.pieces, nowMs - phase.sinceMs)}`;
    case 'settling':
      return 'finishing';
    case 'ended':
      return '';
  }
}

/** Servers send about one token in each piece. */
function rate(pieces: number, elapsedMs: number): string {
  return pieces > 1 && elapsedMs >= 500 ? ` ~${Math.round((pieces / elapsedMs) * 1_000)} tok/s` : '';
}

function eta(etaMs: number | null): string {
  return etaMs === null || etaMs < 500 ? '' : `, ~${formatDuration(etaMs)}`;
}

function isIdle(phase: Phase): boolean {
  return phase.kind === 'sent' || phase.kind === 'waiting' || phase.kind === 'starting';
}
