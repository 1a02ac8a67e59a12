import { formatDuration, formatEta } from '../duration.js';
import { formatCount, formatOrdinal } from '../render/numbers.js';
import { purposeOf, type StreamEvent } from './stream-event.js';

/** What a waiting person is waiting for. */
export type Phase =
  | { readonly kind: 'sent' }
  | { readonly kind: 'waiting'; readonly why: string }
  | { readonly kind: 'starting'; readonly message: string | null }
  | { readonly kind: 'queued'; readonly position: number; readonly etaMs: number | null }
  | { readonly kind: 'loading'; readonly model: string; readonly percent: number | null; readonly etaMs: number | null }
  | { readonly kind: 'reading'; readonly model: string; readonly inputTokens: number | null; readonly sinceMs: number }
  | {
      readonly kind: 'writing';
      readonly model: string;
      readonly pieces: number;
      readonly sinceMs: number;
      readonly lastMs: number;
    }
  | { readonly kind: 'failed'; readonly code: string; readonly sinceMs: number }
  | { readonly kind: 'settling'; readonly sinceMs: number }
  | { readonly kind: 'ended' };

const waitingFor: Readonly<Record<string, string>> = {
  new: 'waiting for an execution server',
  retry: 'the attempt failed, waiting for the next one',
  'lease-lost': 'its server vanished, waiting for another one',
  resumed: 'its server gave it back, waiting for another one',
};

/** A call begins before its model is loaded, and its end comes just before that of its task: only what lasts is told. */
const settleMs = 150;
/** Silence after which a model counts as stalled. */
const stalledMs = 5_000;

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
      return { kind: 'reading', model: event.model, inputTokens: event.estimatedInputTokens, sinceMs: nowMs };
    case 'model-load':
      return {
        kind: 'loading',
        model: 'model' in phase ? phase.model : (event.name ?? model),
        percent: typeof event.progress === 'number' ? Math.floor(event.progress * 100) : null,
        etaMs: event.etaMs,
      };
    case 'text-delta':
    case 'thinking-delta':
      if (phase.kind === 'writing') return { ...phase, pieces: phase.pieces + 1, lastMs: nowMs };
      return { kind: 'writing', model, pieces: 1, sinceMs: nowMs, lastMs: nowMs };
    case 'text-snapshot':
      return phase.kind === 'writing' ? phase : { kind: 'writing', model, pieces: 0, sinceMs: nowMs, lastMs: nowMs };
    case 'call-end':
      if (event.status === 'error' || event.status === 'refused') {
        return { kind: 'failed', code: event.error?.code ?? event.status, sinceMs: nowMs };
      }
      return { kind: 'settling', sinceMs: nowMs };
    case 'task-end':
      return { kind: 'ended' };
    default:
      return phase;
  }
}

/** Whether a phase has lasted long enough to be told. */
export function isSettled(phase: Phase, nowMs: number): boolean {
  const isPassing = phase.kind === 'reading' || phase.kind === 'failed' || phase.kind === 'settling';
  return !isPassing || nowMs - phase.sinceMs >= settleMs;
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
      return `loading ${phase.model}${phase.percent === null ? '' : ` ${phase.percent} %`}${eta(phase.percent === 100 ? null : phase.etaMs)}`;
    case 'reading':
      return `${phase.model} is reading the prompt${phase.inputTokens === null ? '' : `, ~${formatCount(phase.inputTokens)} tokens`}`;
    case 'writing':
      if (nowMs - phase.lastMs >= stalledMs) {
        return `${phase.model} is writing: no token for ${silence(nowMs - phase.lastMs)}`;
      }
      return `${phase.model} is writing${rate(phase.pieces, nowMs - phase.sinceMs)}`;
    case 'failed':
      return `failed (${phase.code}), trying again`;
    case 'settling':
      return 'finishing';
    case 'ended':
      return '';
  }
}

/** What a phase is about, without the numbers that change while it lasts. */
export function subjectOf(phase: Phase): string {
  switch (phase.kind) {
    case 'waiting':
      return `waiting ${phase.why}`;
    case 'starting':
      return `starting ${phase.message}`;
    case 'queued':
      return `queued ${phase.position}`;
    case 'loading':
    case 'reading':
    case 'writing':
      return `${phase.kind} ${phase.model}`;
    case 'failed':
      return `failed ${phase.code}`;
    default:
      return phase.kind;
  }
}

/** Servers send about one token in each piece. */
function rate(pieces: number, elapsedMs: number): string {
  const perSecond = Math.round((pieces / elapsedMs) * 1_000);
  return pieces > 1 && elapsedMs >= 500 && perSecond > 0 ? ` ~${perSecond} tok/s` : '';
}

function silence(ms: number): string {
  return ms < 60_000 ? `${Math.floor(ms / 1_000)} s` : formatDuration(ms);
}

function eta(etaMs: number | null): string {
  const text = formatEta(etaMs);
  return text === '' ? '' : `, ${text}`;
}

function isIdle(phase: Phase): boolean {
  return phase.kind === 'sent' || phase.kind === 'waiting' || phase.kind === 'starting';
}
