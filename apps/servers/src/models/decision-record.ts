import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type DecisionRecord, type Explanation, explainEntries, type Logger, type StoryEntry } from '@tale/model-pool';
import { appendLines, endTornLine, linesOf } from './json-lines.js';

/** How far back a record goes. */
export interface RecordBounds {
  /** What is older is not told any more, ms. */
  readonly maxAgeMs: number;
  /** At least so many of the newest entries are kept, unless they are too old or too large; at most twice as many. */
  readonly maxEntries: number;
  /** Epoch ms of the oldest entry; `null` = there is none. */
  readonly sinceMs: number | null;
}

export interface FileRecordOptions {
  /** Folder of the two files. */
  readonly folder: string;
  readonly now: () => number;
  readonly logger: Logger;
  readonly maxAgeMs?: number;
  readonly maxEntries?: number;
  /** Size at which a file is full even with fewer entries. */
  readonly maxBytes?: number;
  /** For how long entries are gathered before they are written, ms. */
  readonly flushMs?: number;
  /** How often the older file is looked at, which is deleted once it is too old, ms. */
  readonly tidyMs?: number;
}

/** The decisions of the pool in files of JSON lines, which outlive the server. */
export interface FileRecord extends DecisionRecord {
  /** What became of a call or of all calls of a task, and how far back that is known. */
  explain(id: string): Promise<Explanation & { readonly kept: RecordBounds }>;
  /** Writes what is gathered. Never rejects: what cannot be written is logged and lost. */
  close(): Promise<void>;
}

const dayMs = 86_400_000;
/** Shape of the lines; those of another one are not read. */
const format = 1;
/** Entries are turned into text in slices, so that calls go on in between. */
const sliceEntries = 64;
/** More than that is not gathered: the disk does not keep up. */
const mostGathered = 10_000;

/**
 * Opens the record in a folder that is there. It is two files that follow each other: a full one replaces the one before it. A
 * crash loses what was gathered in the last `flushMs`, and the line that was being written; nothing is synced to disk.
 */
export function fileRecord(options: FileRecordOptions): FileRecord {
  const { folder, now, logger, maxAgeMs = 7 * dayMs, maxEntries = 20_000 } = options;
  const { maxBytes = 32 * 2 ** 20, flushMs = 250, tidyMs = dayMs } = options;
  const present = join(folder, 'decisions.ndjson');
  const before = join(folder, 'decisions.1.ndjson');
  let gathered: StoryEntry[] = [];
  let lost = 0;
  let isFailing = false;
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();
  let file: { entries: number; bytes: number; firstMs: number | null } | null = null;

  const isOld = (atMs: number) => now() - atMs > maxAgeMs;

  /** Deletes the older file once its newest entry is too old. */
  async function tidy(): Promise<void> {
    const found = await stat(before).catch(() => null);
    if (found !== null && isOld(found.mtimeMs)) await rm(before, { force: true });
  }

  /** What an earlier process left: its lines are counted, and a torn one is ended. */
  async function take(): Promise<NonNullable<typeof file>> {
    let entries = 0;
    let firstMs: number | null = null;
    for await (const line of linesOf(present)) {
      entries += 1;
      firstMs ??= instantOf(parseEntry(line));
    }
    return { entries, bytes: await endTornLine(present), firstMs };
  }

  async function write(entries: readonly StoryEntry[]): Promise<void> {
    file ??= await take();
    for (let start = 0; start < entries.length; start += sliceEntries) {
      const isFull = file.entries >= maxEntries || file.bytes >= maxBytes;
      if (isFull || (file.firstMs !== null && isOld(file.firstMs))) {
        await rename(present, before);
        file = { entries: 0, bytes: 0, firstMs: null };
      }
      const slice = entries.slice(start, start + sliceEntries);
      const text = slice.map((entry) => `${JSON.stringify({ format, ...entry })}\n`).join('');
      await appendLines(present, text);
      file.entries += slice.length;
      file.bytes += Buffer.byteLength(text);
      file.firstMs ??= instantOf(slice[0] ?? null);
    }
  }

  function flush(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const entries = gathered;
    gathered = [];
    if (entries.length === 0) return writing;
    writing = writing
      .then(() => write(entries))
      .then(
        () => {
          if (isFailing) logger.info({}, 'decisions are recorded again');
          isFailing = false;
        },
        (error: unknown) => {
          file = null; // looked at again, for nobody knows what is in it
          if (!isFailing)
            logger.warn({ error, entries: entries.length }, 'decisions are not recorded until it works again');
          isFailing = true;
        },
      );
    return writing;
  }

  /** After what is being written or read, and before what comes next. */
  function tidyNext(): void {
    writing = writing.then(tidy).catch((error: unknown) => logger.warn({ error }, 'old decisions were not deleted'));
  }

  tidyNext();
  const tidying = setInterval(tidyNext, tidyMs);
  tidying.unref();

  /** The entries about an id that are kept; lines that do not name it are not parsed. */
  async function read(id: string): Promise<{ readonly entries: StoryEntry[]; readonly sinceMs: number | null }> {
    const requestIds = new Set<string>();
    let sinceMs: number | null = null;
    for await (const line of linesOf(before, present)) {
      const isFirst = sinceMs === null;
      if (!isFirst && !line.includes(id)) continue;
      const entry = parseEntry(line);
      const atMs = instantOf(entry);
      if (entry === null || atMs === null || isOld(atMs)) continue;
      sinceMs ??= atMs;
      if (entry.requestId !== null && line.includes(id)) requestIds.add(entry.requestId);
    }
    const entries: StoryEntry[] = [];
    if (requestIds.size === 0) return { entries, sinceMs };
    for await (const line of linesOf(before, present)) {
      const requestId = /"requestId":(?:"([^"]*)"|null)/.exec(line)?.[1];
      const entry = requestId === undefined || requestIds.has(requestId) ? parseEntry(line) : null;
      if (entry !== null && !isOld(instantOf(entry) ?? 0)) entries.push(entry);
    }
    return { entries, sinceMs };
  }

  return {
    add(entry) {
      if (gathered.length >= mostGathered) {
        lost += 1;
        if (lost === 1) logger.warn({}, 'decisions come faster than they are recorded; some are lost');
        return;
      }
      gathered.push(entry);
      timer ??= setTimeout(() => void flush(), flushMs);
    },
    async explain(id) {
      const reading = flush().then(() => read(id));
      writing = reading.then(
        () => {}, // no file is moved while it is read
        () => {},
      );
      const { entries, sinceMs } = await reading;
      return { ...explainEntries(entries, id), kept: { maxAgeMs, maxEntries, sinceMs } };
    },
    close() {
      clearInterval(tidying);
      return flush();
    },
  };
}

/** `null` for a torn line, and for what is no entry of this format. */
function parseEntry(line: string): StoryEntry | null {
  try {
    const { format: written, ...entry } = JSON.parse(line) as StoryEntry & { readonly format?: unknown };
    return written === format && 'requestId' in entry ? (entry as StoryEntry) : null;
  } catch {
    return null;
  }
}

function instantOf(entry: StoryEntry | null): number | null {
  if (entry === null) return null;
  const atMs = 'atMs' in entry ? entry.atMs : entry.startedAtMs;
  return Number.isFinite(atMs) ? atMs : null;
}
