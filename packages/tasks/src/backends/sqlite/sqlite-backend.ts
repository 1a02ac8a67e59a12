import type { ExecutionBackend, SubscribeOptions } from '../../backend.js';
import { TasksError } from '../../errors.js';
import { systemLeaseClock } from '../../lease-clock.js';
import { silentLogger } from '../../logger.js';
import { countsPlan, eventsPlan } from '../../queries/task-plans.js';
import type { TaskEvent } from '../../task-event.js';
import type { Clock, Database, LeaseClock, Logger, NudgePort, Writer } from '../../types.js';
import { cancel } from './cancel.js';
import { createChanges } from './changes.js';
import { claim, nextDue } from './claim.js';
import type { Write, WriteContext } from './context.js';
import { enqueue } from './enqueue.js';
import { cancelRequests, heartbeat, leaseGuard } from './leases.js';
import { ownTransactions } from './own-transactions.js';
import { needsRecovery, recover } from './recover.js';
import { reportProgress } from './report-progress.js';
import { retry } from './retry.js';
import { settle } from './settle.js';
import { run, select } from './statements.js';

const sweepMs = 1_000;
const eventsPerPage = 500;

/** What {@link sqliteBackend} is made of. */
export interface SqliteBackendOptions {
  /** Instance on the SQLite file that {@link migrateTasks} has prepared. */
  readonly kysely: Database;
  /** Commits writes. @defaultValue an own transaction for each */
  readonly writer?: Writer | undefined;
  /** Wakes other processes. @defaultValue none: their writes are seen by a look at the file every 10 ms */
  readonly nudge?: NudgePort | undefined;
  /** Instants of events and ranks. @defaultValue the system's */
  readonly clock?: Clock | undefined;
  /** Time of leases. @defaultValue the machine's monotonic clock */
  readonly leaseClock?: LeaseClock | undefined;
  /** What one level of priority is worth in waiting, ms. @defaultValue `60000` */
  readonly agingMs?: number | undefined;
  /** Start of the daemon under which leases are taken. @defaultValue none */
  readonly daemonId?: string | undefined;
  /** @defaultValue silent */
  readonly logger?: Logger | undefined;
}

/** The queue inside a SQLite file; any number of processes of one machine may share it. */
export function sqliteBackend(options: SqliteBackendOptions): ExecutionBackend {
  const { kysely, nudge = null, logger = silentLogger } = options;
  const writer = options.writer ?? ownTransactions(kysely);
  const context: WriteContext = {
    clock: options.clock ?? Date,
    leaseClock: options.leaseClock ?? systemLeaseClock(),
    agingMs: options.agingMs ?? 60_000,
    daemonId: options.daemonId ?? null,
  };
  const closing = new AbortController();
  const readVersion = async () => (await select(kysely, 'pragma data_version'))[0]?.data_version as number;
  const changes = createChanges({ readVersion, nudge, logger });

  async function commit<Result>(write: Write<Result>): Promise<Result> {
    if (closing.signal.aborted) throw new TasksError('closed', 'the task backend is closed');
    const { result, nudges } = await writer.submit((trx) => write(trx, context));
    changes.announce(nudges);
    return result;
  }

  async function* subscribe({ after, taskId, signal, limit = eventsPerPage }: SubscribeOptions) {
    const ended = AbortSignal.any([signal, closing.signal]);
    let last = after;
    while (!ended.aborted) {
      const seen = changes.count;
      const page: TaskEvent[] = await run(kysely, eventsPlan({ after: last, taskId, limit }));
      for (const event of page) {
        yield event;
        if (ended.aborted) return;
        last = event.seq;
      }
      if (page.length < limit) await changes.after(seen, ended, sweepMs);
    }
  }

  return {
    enqueue: (tasks) => commit(enqueue(tasks)),
    async claim(request) {
      const ended = AbortSignal.any([request.signal, closing.signal]);
      while (!ended.aborted) {
        const seen = changes.count;
        const nowMs = context.clock.now();
        const dueMs = await nextDue(kysely, request, nowMs);
        if (dueMs !== null && dueMs <= nowMs && !ended.aborted) {
          const claimed = await commit(claim(request));
          if (claimed.length > 0) return claimed;
        }
        await changes.after(seen, ended, Math.min(sweepMs, Math.max(1, (dueMs ?? Number.POSITIVE_INFINITY) - nowMs)));
      }
      return [];
    },
    heartbeat: async (leases, leaseMs) =>
      leases.length > 0 ? commit(heartbeat(leases, leaseMs)) : { kept: [], lost: [], cancel: [] },
    cancelRequests: (leases) => cancelRequests(kysely, leases),
    guard: leaseGuard,
    complete: (lease, result) => commit(settle(lease, { type: 'complete', result })),
    fail: (lease, error, sequel, result = null) => commit(settle(lease, { type: 'fail', error, sequel, result })),
    release: (lease) => commit(settle(lease, { type: 'release' })),
    progress: (lease, event) => commit(reportProgress(lease, event)),
    cancel: (id, reason) => commit(cancel(id, reason)),
    retry: (id) => commit(retry(id)),
    async recover(recoverOptions = {}) {
      const total = { recovered: 0, dead: 0, failed: 0, cancelled: 0 };
      for (let more = await needsRecovery(kysely, context, recoverOptions); more; ) {
        const part = await commit(recover(recoverOptions));
        for (const key of ['recovered', 'dead', 'failed', 'cancelled'] as const) total[key] += part[key];
        more = part.more;
      }
      return total;
    },
    subscribe,
    watch: (listener) => changes.watch(listener),
    stats: () => run(kysely, countsPlan()),
    async close() {
      closing.abort();
      changes.close();
    },
  };
}
