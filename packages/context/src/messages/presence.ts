import { hostname } from 'node:os';
import { sql } from 'kysely';
import type { Parts } from '../parts.js';
import type { MessageRow, StoreQueries } from '../store/contract.js';
import type { Database } from '../types.js';

const heartbeatMs = 5_000;
const unseenMs = 60_000;

/** A process that may hold open messages. */
export interface SeenProcess {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  readonly seenAtMs: number;
}

/** Whether a process still writes: alive on this machine, or seen within a minute on another one. */
export function isWriting(
  seen: SeenProcess,
  here: { readonly host: string; readonly nowMs: number; isAlive(pid: number): boolean },
): boolean {
  const isRecent = Math.abs(here.nowMs - seen.seenAtMs) < unseenMs;
  return isRecent && (seen.host !== here.host || here.isAlive(seen.pid));
}

/** This process among those that write streams. */
export interface Presence {
  readonly processId: string;
  /** Registers the process. */
  enter(): Promise<void>;
  /** Called at the begin and the end of each stream: keeps the heartbeat while streams are open. */
  count(change: 1 | -1): void;
  /** Marks open messages of processes that have ended as aborted. Returns how many. */
  recover(signal?: AbortSignal): Promise<number>;
  /** Takes the registration back. */
  leave(): Promise<void>;
}

/** Makes the {@link Presence} of this process. */
export function createPresence({ store, clock, createId, logger }: Parts): Presence {
  const processId = createId();
  const host = hostname();
  let open = 0;
  let isEntered = false;
  let cancel: (() => void) | null = null;

  const touch = (trx: Database) => {
    const seenAt = Math.round(clock.now());
    return sql`insert into context_processes (id, pid, host, seen_at) values (${processId}, ${process.pid}, ${host}, ${seenAt})
      on conflict (id) do update set seen_at = excluded.seen_at`.execute(trx);
  };

  async function beat(): Promise<void> {
    cancel = null;
    try {
      await store.transact((trx) => touch(trx));
    } catch (error) {
      logger.warn({ err: error }, 'the heartbeat of open messages could not be stored');
    }
    schedule();
  }

  function schedule(): void {
    if (open > 0) cancel ??= clock.after(heartbeatMs, () => void beat());
  }

  return {
    processId,
    async enter() {
      await store.transact((trx) => touch(trx));
    },
    count(change) {
      isEntered = true;
      open += change;
      if (open > 0) schedule();
      else {
        cancel?.();
        cancel = null;
      }
    },
    async recover(signal) {
      const seen = await readProcesses(store.kysely);
      const here = { host, nowMs: clock.now(), isAlive };
      const writing = seen.filter((other) => other.id === processId || isWriting(other, here)).map(({ id }) => id);
      const left = await store.read((queries) => queries.messages.openBut([...writing, processId]));
      for (const message of left) await store.write((queries) => abortOpen(queries, message), { signal });
      const ended = seen.map(({ id }) => id).filter((id) => !writing.includes(id));
      if (ended.length > 0) await store.transact((trx) => forgetProcesses(trx, ended), signal);
      return left.length;
    },
    async leave() {
      cancel?.();
      open = 0;
      if (!isEntered) return;
      try {
        await store.transact((trx) => forgetProcesses(trx, [processId]));
      } catch (error) {
        logger.debug({ err: error }, 'the registration stays until another process starts');
      }
    },
  };
}

async function abortOpen(queries: StoreQueries, { num }: MessageRow): Promise<void> {
  const [now] = await queries.messages.byNum([num]);
  if (now?.status === 'open') await queries.messages.write(num, { status: 'aborted' });
}

async function readProcesses(kysely: Database): Promise<SeenProcess[]> {
  const { rows } = await sql<{
    id: string;
    pid: number;
    host: string;
    seen_at: number;
  }>`select * from context_processes`.execute(kysely);
  return rows.map((row) => ({ id: row.id, pid: Number(row.pid), host: row.host, seenAtMs: Number(row.seen_at) }));
}

async function forgetProcesses(trx: Database, ids: readonly string[]): Promise<void> {
  await sql`delete from context_processes where id in (${sql.join(ids)})`.execute(trx);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
