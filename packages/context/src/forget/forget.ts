import type { Parts } from '../parts.js';
import type { JobRow } from '../store/contract.js';
import type { CallOptions } from '../types.js';
import { deleteConversation, type Run } from './delete-conversation.js';
import { countEverything, forgetEverything } from './forget-everything.js';
import { countPlan, type OpenTexts, planForget, runPlan } from './forget-scope.js';
import { recordDeletion } from './record.js';
import { notCovered } from './report.js';
import { allRows, noRows } from './row-counts.js';
import { scopeJson, scopeKind } from './scope.js';
import { scrub } from './scrub.js';
import type { ForgetOptions, ForgetReport, ForgetScope } from './types.js';

const mostHits = 1_000;

/** Deletion in many small transactions, which goes on after a crash. */
export interface ForgetService {
  /** Takes away what a scope names. */
  forget(scope: ForgetScope, options?: ForgetOptions): Promise<ForgetReport>;
  /** Deletes a conversation. */
  deleteConversation(
    id: string,
    forks: 'keep' | 'delete',
    options: CallOptions & { readonly action?: string },
  ): Promise<ForgetReport>;
  /** Ends deletions that were interrupted. Returns how many. */
  resume(options?: CallOptions): Promise<number>;
}

/** What a deletion does, as it is kept until it has ended. */
interface Order {
  readonly id: string;
  readonly action: string;
  readonly by: string;
  readonly kind: string;
  readonly scope: ForgetScope;
  readonly forks: 'keep' | 'delete' | null;
}

/** Makes the {@link ForgetService} of a store. */
export function createForget(
  { store, clock, createId, emit }: Parts,
  streams: { openTexts(): OpenTexts },
): ForgetService {
  const runOf = (signal: AbortSignal | undefined): Run => ({
    store,
    nowMs: Math.round(clock.now()),
    rows: noRows(),
    signal,
  });

  async function work(run: Run, order: Order): Promise<void> {
    const { scope, forks } = order;
    if (scope.everything) return forgetEverything(run, keyOf(order));
    if (forks !== null) return deleteConversation(run, scope.conversation ?? '', forks);
    await runPlan(
      run,
      await store.read((queries) => planForget(queries, scope, { mostHits: 0, openTexts: streams.openTexts() })),
      scope,
    );
  }

  /** Stores an order, or takes one of the same scope over that was interrupted, so that its text is not kept. */
  async function accept(asked: Order, nowMs: number, signal: AbortSignal | undefined): Promise<Order> {
    return store.transact(async (trx) => {
      const { jobs } = store.bind(trx);
      const known = (await jobs.list('forget')).map(orderOf).find((order) => isSame(order, asked));
      const order = known ?? asked;
      const { id, action, by, kind } = order;
      await recordDeletion(trx, { id, atMs: nowMs, action, scopeKind: kind, by, count: 0, isDone: false });
      await jobs.add({
        key: keyOf(order),
        kind: 'forget',
        payload: scopeJson({ ...order } as object),
        createdAtMs: nowMs,
      });
      return order;
    }, signal);
  }

  async function execute(asked: Order, signal: AbortSignal | undefined): Promise<ForgetReport> {
    const run = runOf(signal);
    const order = await accept(asked, run.nowMs, signal);
    const { id, action, by, kind } = order;
    const record = { id, atMs: run.nowMs, action, scopeKind: kind, by };
    await work(run, order);
    const count = allRows(run.rows);
    await store.write((queries) => queries.jobs.delete(keyOf(order)));
    await store.transact((trx) => recordDeletion(trx, { ...record, count, isDone: true }));
    const scrubbed = await scrub(store);
    emit('forget-end', { id, rows: count, scrubbed });
    return { id, dryRun: false, rows: run.rows, hits: [], scrubbed, notCovered: notCovered(store.dialect, scrubbed) };
  }

  async function list(scope: ForgetScope, signal: AbortSignal | undefined): Promise<ForgetReport> {
    const run = runOf(signal);
    const plan = await store.read(
      async (queries) => {
        const found = await planForget(queries, scope, { mostHits, openTexts: streams.openTexts() });
        if (scope.everything) await countEverything(run);
        else await countPlan(queries, run, found);
        return found;
      },
      { signal },
    );
    return {
      id: createId(),
      dryRun: true,
      rows: run.rows,
      hits: plan.hits,
      scrubbed: false,
      notCovered: notCovered(store.dialect, true),
    };
  }

  return {
    forget(scope, { dryRun = false, by = 'user', signal } = {}) {
      if (dryRun) return list(scope, signal);
      const kept = scope.everything ? { everything: true } : scope; // it stands alone
      return execute(
        { id: createId(), action: 'forget', by, kind: scopeKind(scope), scope: kept, forks: null },
        signal,
      );
    },
    deleteConversation: (id, forks, { signal, action = 'delete' }) =>
      execute({ id: createId(), action, by: 'user', kind: 'conversation', scope: { conversation: id }, forks }, signal),
    async resume({ signal } = {}) {
      const orders = await store.read((queries) => queries.jobs.list('forget'), { signal });
      for (const order of orders) await execute(orderOf(order), signal);
      return orders.length;
    },
  };
}

const keyOf = ({ id }: Order) => `forget:${id}`;

/** Whether two orders take the same away. */
function isSame(one: Order, other: Order): boolean {
  const facts = ({ action, forks, scope }: Order) => {
    const { owner = 'local', conversation, project, before, text, everything } = scope;
    return JSON.stringify([action, forks, owner, conversation, project, before, text, everything]);
  };
  return facts(one) === facts(other);
}

function orderOf({ payload }: JobRow): Order {
  return payload as unknown as Order; // written by `execute`
}
