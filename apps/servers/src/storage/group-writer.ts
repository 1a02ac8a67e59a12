import { setTimeout as sleep } from 'node:timers/promises';
import { CompiledQuery, type Kysely } from 'kysely';

// biome-ignore lint/suspicious/noExplicitAny: each storing library brings its own tables.
type Connection = Kysely<any>;

/** The write port of the storing libraries. */
export interface GroupWriter {
  /** Runs `write` in a write transaction together with whatever else waits; resolves after COMMIT. Only SQL is awaited inside. */
  submit<Result>(write: (trx: Connection) => Promise<Result>): Promise<Result>;
}

interface Waiting {
  readonly write: (trx: Connection) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const largestGroup = 256;
const patienceMs = 10_000;

/**
 * One writer a process, handed to every storing library in it. Writes that wait share one transaction and so one fsync; each has
 * its savepoint, so that a refused one is rolled back alone. Nobody is answered before COMMIT. `onHealth` is told when the disk
 * refuses to store, and with `null` when it stores again.
 */
export function groupWriter(
  kysely: Connection,
  onHealth: (problem: string | null) => void = () => undefined,
): GroupWriter {
  const waiting: Waiting[] = [];
  let flushing = false;
  let latest: string | null = null;

  function report(problem: string | null): void {
    if (problem === latest) return;
    latest = problem;
    onHealth(problem);
  }

  async function flush(): Promise<void> {
    // Writes of one turn of the event loop go together.
    await new Promise((resolve) => setImmediate(resolve));
    while (waiting.length > 0) {
      const group = waiting.splice(0, largestGroup);
      try {
        const tell = await kysely.connection().execute((connection) => commitGroup(connection, group));
        report(null);
        for (const answer of tell) answer();
      } catch (error) {
        report(problemOf(error));
        for (const { reject } of group) reject(error);
      }
    }
    flushing = false;
  }

  return {
    submit: (write) =>
      new Promise((resolve, reject) => {
        waiting.push({ write, resolve: resolve as (value: unknown) => void, reject });
        if (flushing) return;
        flushing = true;
        void flush();
      }),
  };
}

const raw = (sql: string) => CompiledQuery.raw(sql);
const [begin, commit, rollback] = [raw('begin immediate'), raw('commit'), raw('rollback')];
const [save, release, undo] = [raw('savepoint one'), raw('release one'), raw('rollback to one')];

async function commitGroup(connection: Connection, group: readonly Waiting[]): Promise<(() => void)[]> {
  await beginPatiently(connection);
  const tell: (() => void)[] = [];
  try {
    for (const { write, resolve, reject } of group) {
      await connection.executeQuery(save);
      try {
        const result = await write(connection);
        tell.push(() => resolve(result));
      } catch (error) {
        // SQLite itself has rolled everything back where there is nothing to undo, e.g. on a full disk: the cause is this error.
        await connection.executeQuery(undo).catch(() => Promise.reject(error));
        tell.push(() => reject(error));
      }
      await connection.executeQuery(release);
    }
    await connection.executeQuery(commit);
    return tell;
  } catch (error) {
    await connection.executeQuery(rollback).catch(() => undefined);
    throw error;
  }
}

/** Other processes write too: short waits with jitter, so that none is starved. */
async function beginPatiently(connection: Connection): Promise<void> {
  const endMs = performance.now() + patienceMs;
  for (let attempt = 1; ; attempt++) {
    try {
      await connection.executeQuery(begin);
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > endMs) throw error;
      await sleep(Math.random() * Math.min(5 * attempt, 50));
    }
  }
}

function problemOf(error: unknown): string | null {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('SQLITE_FULL')) return 'the disk is full: nothing can be stored';
  return code.startsWith('SQLITE_IOERR') || code.startsWith('SQLITE_READONLY')
    ? `the database cannot be written (${code})`
    : null;
}

function isBusy(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('SQLITE_BUSY');
}
