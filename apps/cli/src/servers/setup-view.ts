import type { SetupEvent } from '@tale/protocol';
import type { Printer } from '../printer.js';
import { createLinePacer, createRateMeter, progressRatio, renderProgress } from '../render/progress.js';

type Progress = Extract<SetupEvent, { type: 'setup-progress' }>;
type End = Extract<SetupEvent, { type: 'setup-end' }>;

/** Shows how models are found and fetched. */
export interface SetupView {
  push(progress: Progress): void;
  /** Says what was chosen, if anything had to be done for it. */
  end(end: End): void;
  /** Takes the bar away. */
  close(): void;
}

const barColumns = 24;

/** A bar on a terminal; elsewhere a line at each tenth, after 10 s and for each new thing. */
export function createSetupView(printer: Printer, now: () => number): SetupView {
  const pacer = createLinePacer();
  const meters = new Map<string, ReturnType<typeof createRateMeter>>();
  let hasShown = false;
  const rateOf = (subject: string, bytes: number) => {
    const meter = meters.get(subject) ?? createRateMeter();
    meters.set(subject, meter);
    return meter.update(now(), bytes);
  };
  return {
    push(progress) {
      const { message, completedBytes } = progress;
      // Also what could not be had is a message: the same thing with other words is said again.
      const subject = `${progress.phase} ${progress.name} ${message}`;
      hasShown = true;
      const rate = completedBytes === null ? null : rateOf(subject, completedBytes);
      const bar = renderProgress(progress, rate, printer.stderr.ansi ? barColumns : 0);
      const line = bar === '' ? message : `${message}  ${bar}`;
      if (printer.stderr.ansi && completedBytes !== null) printer.phase(line);
      else if (pacer.isDue(now(), subject, progressRatio(progress))) printer.note(line);
    },
    end({ models, reason, hint }) {
      printer.phase('');
      if (!hasShown) return;
      const names = models.ux === models.planning ? models.ux : `${models.ux} to talk, ${models.planning} to work`;
      printer.note(`models: ${names} (${reason})`);
      if (hint !== null) printer.note(printer.asTyped(hint));
    },
    close: () => printer.phase(''),
  };
}
