import type { CommandContext } from '../context.js';
import { formatDuration } from '../duration.js';
import { shortId } from '../ids.js';
import { monotonicMs } from '../monotonic.js';
import { createPhaseView } from './phase-view.js';
import { type CallEndEvent, purposeOf, type StreamEvent } from './stream-event.js';
import { type SubmitTiming, splitTiming } from './timing.js';
import { createTranscript } from './transcript.js';

/** Shows a task while it runs and keeps what is told at its end. */
export interface Watch {
  readonly push: (event: StreamEvent) => void;
  readonly sayConnectionLost: (delayMs: number) => void;
  /** Shows the rest of the answer. */
  finish(result: string | null): void;
  timing(startupMs: number, serversMs: number): SubmitTiming;
  /** Shows nothing more. */
  close(): void;
}

/** A watch over the task handed over at `sentMs` (of `monotonicMs`). */
export function createWatch({ printer, now }: CommandContext, taskId: string, sentMs: number): Watch {
  const id = shortId(taskId);
  const phases = createPhaseView(printer, id, now);
  const transcript = createTranscript({
    open: () => printer.text(),
    onRestart: () => printer.note({ style: 'yellow', text: 'the attempt failed; the answer begins anew' }),
    live: printer.stdout.isTerminal && !printer.settings.json,
  });
  const acknowledgements = new Map<string, string>();
  const ends = new Map<string, CallEndEvent>();
  let firstTokenMs: number | null = null;
  let endedMs: number | null = null;

  const pushAcknowledgement = (event: StreamEvent) => {
    if (event.type === 'text-snapshot') acknowledgements.set(event.callId, event.text);
    if (event.type === 'text-delta') {
      const before = acknowledgements.get(event.callId) ?? '';
      acknowledgements.set(event.callId, before.slice(0, event.offset) + event.text);
    }
    if (event.type === 'call-end' && !ends.has(event.callId)) {
      const text = acknowledgements.get(event.callId)?.trim() ?? '';
      // In the middle of the answer on the same terminal it would tear it apart, and says nothing new.
      const wouldTear = transcript.hasText && printer.stdout.isTerminal && printer.stderr.isTerminal;
      if (text !== '' && !wouldTear) printer.note(text);
    }
  };

  return {
    push(event) {
      if (purposeOf(event) === 'acknowledge') pushAcknowledgement(event);
      if (event.type === 'call-end') ends.set(event.callId, event);
      if (event.type === 'task-end') endedMs = monotonicMs();
      if (firstTokenMs === null && event.type === 'text-delta' && event.labels.purpose === 'answer') {
        firstTokenMs = monotonicMs() - sentMs;
      }
      phases.push(event);
      transcript.push(event);
    },
    sayConnectionLost: (delayMs) => phases.say(`connection lost, retrying (${formatDuration(delayMs)})`),
    finish(result) {
      phases.close();
      transcript.finish(result);
    },
    timing(startupMs, serversMs) {
      const totalMs = (endedMs ?? monotonicMs()) - sentMs;
      return splitTiming({ totalMs, firstTokenMs, startupMs, serversMs }, [...ends.values()]);
    },
    close: phases.close,
  };
}
