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
  let meter = createRateMeter();
  let about = '';
  let hasShown = false;
  return {
    push(progress) {
      const nowMs = now();
      const subject = `${progress.phase} ${progress.name}`;
      if (subject !== about) meter = createRateMeter();
      const isNew = subject !== about;
      about = subject;
      hasShown = true;
      const rate = progress.completedBytes === null ? null : meter.update(nowMs, progress.completedBytes);
      const bar = renderProgress(progress, rate, printer.stderr.ansi ? barColumns : 0);
      const line = bar === '' ? progress.message : `${progress.message}  ${bar}`;
      if (!printer.stderr.ansi) {
        if (pacer.isDue(nowMs, subject, progressRatio(progress))) printer.note(line);
        return;
      }
      if (isNew && progress.completedBytes === null) printer.note(progress.message);
      else printer.phase(line);
    },
    end({ models, reason, hint }) {
      printer.phase('');
      if (!hasShown) return;
      const names = models.ux === models.planning ? models.ux : `${models.ux} to talk, ${models.planning} to work`;
      printer.note(`models: ${names} (${reason})`);
      if (hint !== null) printer.note(hint);
    },
    close: () => printer.phase(''),
  };
}
