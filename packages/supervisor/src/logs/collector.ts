import type { Clock, LogLine } from '../types.js';
import { createLineSplitter, LINE_LIMIT, type LineSplitter } from './line-splitter.js';
import { readServerLine } from './log-line.js';

/** Turns what one process prints into log lines. */
export interface Collector {
  readonly stdout: LineSplitter;
  readonly stderr: LineSplitter;
  /** The process has ended; what it printed last as text was the reason if it crashed. */
  end(crashed: boolean): void;
}

/** So long after its last line a text on stderr counts as complete. */
const TEXT_PAUSE_MS = 100;

/**
 * JSON lines pass as they are. Text on stdout is `info`, line by line. Text on stderr is gathered, so that a stack trace is
 * one line of the log: `error`, or `fatal` if the process crashed right after it.
 */
export function createCollector(options: {
  server: string;
  instance: number;
  clock: Pick<Clock, 'now' | 'after'>;
  redact: (text: string) => string;
  onLine: (line: LogLine) => void;
}): Collector {
  const { server, instance, clock, redact, onLine } = options;
  let gathered: string[] = [];
  let gatheredLength = 0;
  let cancel = () => {};

  const origin = (level: LogLine['level']) => ({ server, instance, atMs: clock.now(), level });
  const flush = (level: LogLine['level']) => {
    cancel();
    if (gathered.length === 0) return;
    const text = gathered.join('\n');
    gathered = [];
    gatheredLength = 0;
    onLine({ ...origin(level), text, fields: null });
  };
  const gather = (text: string) => {
    if (gatheredLength + text.length > LINE_LIMIT) flush('error');
    if (gathered.length === 0 && text.trim() === '') return;
    gathered.push(text);
    gatheredLength += text.length + 1;
    cancel();
    cancel = clock.after(TEXT_PAUSE_MS, () => flush('error'));
  };

  const stdout = createLineSplitter(redact, (text) => {
    const line = readServerLine(text, origin('info'));
    if (line) onLine(line);
    else if (text.trim() !== '') onLine({ ...origin('info'), text, fields: null });
  });
  const stderr = createLineSplitter(redact, (text) => {
    const line = readServerLine(text, origin('error'));
    if (!line) return gather(text);
    flush('error');
    onLine(line);
  });
  return {
    stdout,
    stderr,
    end(crashed) {
      stdout.end();
      stderr.end();
      flush(crashed ? 'fatal' : 'error');
    },
  };
}
