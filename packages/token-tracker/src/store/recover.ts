import type { Row, Script } from '../queries/types.js';
import { loseCall } from './settle-call.js';

/** A process is taken for ended when it has not been seen for so long. */
export const unseenMs = 30_000;

/** A process with open calls, or one that has registered, as far as recovery needs it. */
export interface SeenProcess {
  readonly processId: string;
  /** The other fields are `null` for a process that took its registration back. */
  readonly pid: number | null;
  readonly host: string | null;
  readonly seenAtMs: number | null;
}

/** What the recovering process knows. */
export interface Observer {
  readonly processId: string;
  readonly host: string;
  readonly monotonicMs: number;
  isAlive(pid: number): boolean;
  /** How long this observer has seen the process with the same `seenAtMs`, ms of its own clock. */
  unchangedMs(seen: SeenProcess): number;
}

/** Decides whether a process has ended, and whether its registration may go with it. */
export function judgeProcess(seen: SeenProcess, observer: Observer): 'alive' | 'ended' | 'unseen' {
  if (seen.processId === observer.processId) return 'alive';
  if (seen.pid === null || seen.host === null || seen.seenAtMs === null) return 'ended';
  // Clocks and process ids of another host say nothing here.
  if (seen.host !== observer.host) return observer.unchangedMs(seen) >= unseenMs ? 'ended' : 'alive';
  // Seen in the future: the monotonic clock began anew, so the machine did too.
  if (seen.seenAtMs > observer.monotonicMs || !observer.isAlive(seen.pid)) return 'ended';
  // Its id may belong to another program by now, or it is stopped and will go on: the registration stays.
  return observer.monotonicMs - seen.seenAtMs >= unseenMs ? 'unseen' : 'alive';
}

/** All processes that have registered or have open calls. */
export function* processesScript(): Script<SeenProcess[]> {
  const rows = yield {
    sql: `SELECT process_id, pid, host, seen_at FROM tokens_processes
      UNION ALL SELECT DISTINCT process_id, NULL, NULL, NULL FROM tokens_calls
      WHERE status = 'open' AND process_id NOT IN (SELECT process_id FROM tokens_processes)`,
    parameters: [],
  };
  return rows.map((row) => ({
    processId: row.process_id as string,
    pid: row.pid as number | null,
    host: row.host as string | null,
    seenAtMs: row.seen_at as number | null,
  }));
}

/** Loses the open calls of a process, unless it has been seen again meanwhile. Returns how many. */
export function* recoverProcess(seen: SeenProcess, forget: boolean): Script<number> {
  const [row] = yield {
    sql: 'SELECT seen_at FROM tokens_processes WHERE process_id = ?',
    parameters: [seen.processId],
  };
  if ((row?.seen_at ?? null) !== seen.seenAtMs) return 0;
  const open: readonly Row[] = yield {
    sql: "SELECT * FROM tokens_calls WHERE process_id = ? AND status = 'open'",
    parameters: [seen.processId],
  };
  let calls = 0;
  for (const stored of open) if (yield* loseCall(stored)) calls++;
  if (forget) yield { sql: 'DELETE FROM tokens_processes WHERE process_id = ?', parameters: [seen.processId] };
  return calls;
}
