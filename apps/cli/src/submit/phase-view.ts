import { formatDuration } from '../duration.js';
import type { Printer } from '../printer.js';
import { createLinePacer } from '../render/progress.js';
import { describePhase, isSettled, nextPhase, type Phase, subjectOf } from './phase.js';
import type { StreamEvent } from './stream-event.js';

/** Shows what is awaited: as one moving line, or as a line at each change where nothing can move. */
export interface PhaseView {
  /** Takes an event. */
  push(event: StreamEvent): void;
  /** Says something else than the phase until the next event, such as a lost connection. */
  say(text: string): void;
  /** Takes the line away. */
  close(): void;
}

const refreshMs = 200;

/** A view of a task's phases; `label` stands before each. */
export function createPhaseView(printer: Printer, label: string, now: () => number): PhaseView {
  const startedAtMs = now();
  const pacer = createLinePacer();
  let phase: Phase = { kind: 'sent' };
  /** The last one that lasted; shown until the next one does. */
  let settled: Phase = phase;
  let other: string | null = null;

  const show = () => {
    const nowMs = now();
    if (isSettled(phase, nowMs)) settled = phase;
    const text = other ?? describePhase(settled, nowMs);
    if (printer.stderr.ansi) {
      printer.phase(text === '' ? '' : `${label} ${text} · ${formatDuration(nowMs - startedAtMs)}`);
    } else if (settled !== phase && other === null) {
      return; // a line that is to be followed by another at once
    } else if (text !== '' && pacer.isDue(nowMs, other === null ? subjectOf(settled) : 'other', null)) {
      printer.note(`${label} ${text}`);
    }
  };
  const timer = setInterval(show, refreshMs);
  timer.unref();

  return {
    push(event) {
      const before = subjectOf(phase);
      phase = nextPhase(phase, event, now());
      // Within a phase the timer is often enough, however many pieces a second come.
      if (subjectOf(phase) === before && other === null) return;
      other = null;
      show();
    },
    say(text) {
      other = text;
      show();
    },
    close() {
      clearInterval(timer);
      printer.phase('');
    },
  };
}
