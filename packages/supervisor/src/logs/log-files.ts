import { join } from 'node:path';
import { createStream, type RotatingFileStream } from 'rotating-file-stream';
import { makePrivateFolder } from '../private-file.js';
import type { Clock, Logger, LogLine } from '../types.js';
import { formatLogLine } from './log-line.js';

/** The log files of all servers, one for each. */
export interface LogFiles {
  /** Appends; never throws and never waits. */
  write(line: LogLine): void;
  /** Resolves when all is written. */
  close(): Promise<void>;
}

/** So much may wait for a slow disk; what comes then is dropped. */
const WAITING_BYTES = 4_194_304;
/** After a failure (full disk, folder gone) logging pauses for so long. */
const PAUSE_MS = 10_000;

/** Name of a log file; `index` counts the rotated ones, the youngest is 1. */
export function logFileName(server: string, index: number | null): string {
  return index === null ? `${server}.log` : `${server}.${index}.log`;
}

/** Opens `<folder>/<server>.log` (0600) on the first line of each server and rotates it between two lines. */
export function createLogFiles(options: {
  folder: string;
  maxBytes: number;
  maxFiles: number;
  clock: Pick<Clock, 'now'>;
  logger: Logger;
}): LogFiles {
  const { folder, maxBytes, maxFiles, clock, logger } = options;
  const streams = new Map<string, RotatingFileStream>();
  const pausedUntilMs = new Map<string, number>();
  const dropped = new Map<string, number>();

  const open = (server: string) => {
    const stream = createStream((index) => logFileName(server, typeof index === 'number' ? index : null), {
      path: folder,
      size: `${maxBytes}B`,
      rotate: Math.max(1, maxFiles - 1),
      mode: 0o600,
    });
    stream.on('error', (error) => {
      streams.delete(server);
      pausedUntilMs.set(server, clock.now() + PAUSE_MS);
      logger.error({ server, folder, error }, 'the log cannot be written; the server goes on without');
    });
    streams.set(server, stream);
    return stream;
  };
  const drop = (server: string) => dropped.set(server, (dropped.get(server) ?? 0) + 1);

  makePrivateFolder(folder);
  return {
    write(line) {
      const { server } = line;
      if (clock.now() < (pausedUntilMs.get(server) ?? 0)) return drop(server);
      const stream = streams.get(server) ?? open(server);
      if (stream.writableLength > WAITING_BYTES) return drop(server);
      const count = dropped.get(server);
      if (count !== undefined) {
        dropped.delete(server);
        const gap: LogLine = { ...line, level: 'warn', text: `${count} lines were not logged`, fields: null };
        stream.write(formatLogLine(gap));
      }
      stream.write(formatLogLine(line));
    },
    async close() {
      const open = [...streams.values()];
      streams.clear();
      const ended = open.map(
        (stream) =>
          new Promise<void>(
            (resolve) =>
              void stream
                .once('close', resolve)
                .once('error', () => resolve())
                .end(),
          ),
      );
      await Promise.all(ended);
    },
  };
}

/** Path of a log file in `folder`. */
export function logFilePath(folder: string, server: string, index: number | null): string {
  return join(folder, logFileName(server, index));
}
