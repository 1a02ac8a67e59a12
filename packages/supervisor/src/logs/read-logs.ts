import { open, readdir } from 'node:fs/promises';
import type { LogLine } from '../types.js';
import { logFilePath } from './log-files.js';
import { parseLogLine } from './log-line.js';

/** Options of {@link readLogs}. */
export interface ReadLogsOptions {
  /** Folder of the log files. */
  readonly logFolder: string;
  /** Only these servers. @defaultValue all that have a log */
  readonly servers?: readonly string[];
  /** How many lines at most, the last ones. */
  readonly lines: number;
  /** Only lines from then on, epoch ms. @defaultValue no bound */
  readonly sinceMs?: number;
  /** Ends the reading between two blocks. */
  readonly signal?: AbortSignal;
}

const BLOCK_BYTES = 65_536;
const LOG_FILE = /^([a-z][a-z0-9-]*)(?:\.(\d+))?\.log$/;

/**
 * The last `lines` lines of all servers together, ascending in time; read from the ends of the files, rotated ones included.
 * Works while no supervisor runs. A missing folder or server has no lines; what is no log line is passed over.
 */
export async function readLogs(options: ReadLogsOptions): Promise<readonly LogLine[]> {
  const { logFolder, servers, lines, sinceMs = 0, signal } = options;
  signal?.throwIfAborted();
  const wanted = Math.max(0, Math.floor(lines));
  const files = await listLogFiles(logFolder);
  const all: LogLine[] = [];
  for (const [server, indexes] of files) {
    if (servers && !servers.includes(server)) continue;
    const own: LogLine[] = [];
    for (const index of indexes) {
      if (own.length >= wanted) break;
      own.push(...(await readLast(logFilePath(logFolder, server, index), wanted - own.length, sinceMs, signal)));
    }
    all.push(...own);
  }
  all.sort((a, b) => a.atMs - b.atMs);
  return wanted === 0 ? [] : all.slice(-wanted);
}

/** Servers with the indexes of their files, youngest first. */
async function listLogFiles(folder: string): Promise<Map<string, (number | null)[]>> {
  const files = new Map<string, (number | null)[]>();
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  for (const name of names) {
    const [, server, index] = LOG_FILE.exec(name) ?? [];
    if (server) files.set(server, [...(files.get(server) ?? []), index === undefined ? null : Number(index)]);
  }
  for (const indexes of files.values()) indexes.sort((a, b) => (a ?? 0) - (b ?? 0));
  return files;
}

/** The last `count` lines of one file, ascending; reads backwards block by block until it has them. */
async function readLast(path: string, count: number, sinceMs: number, signal?: AbortSignal): Promise<LogLine[]> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null; // rotated away meanwhile
    throw error;
  });
  if (!file) return [];
  try {
    let position = (await file.stat()).size;
    let rest = Buffer.alloc(0);
    const found: LogLine[] = [];
    while (position > 0 && found.length < count) {
      signal?.throwIfAborted();
      const length = Math.min(BLOCK_BYTES, position);
      position -= length;
      const block = Buffer.alloc(length);
      await file.read(block, 0, length, position);
      const bytes = Buffer.concat([block, rest]);
      // Before the first line end there may be the end of a line that starts in the block before.
      const from = position === 0 ? 0 : bytes.indexOf(0x0a) + 1;
      rest = position > 0 && from === 0 ? bytes : bytes.subarray(0, from);
      if (position > 0 && from === 0) continue;
      const parsed = bytes.subarray(from).toString('utf8').split('\n').map(parseLogLine);
      found.unshift(...parsed.filter((line) => line !== null));
    }
    return found.filter((line) => line.atMs >= sinceMs).slice(-count);
  } finally {
    await file.close();
  }
}
