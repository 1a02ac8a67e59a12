import type { Script } from '../queries/types.js';
import type { Clock, DroppedRecord, Logger } from '../types.js';
import { isImpossible } from './busy.js';
import type { RunTransaction } from './transactions.js';

/** Records of so many calls wait in memory while the store fails. */
const mostWaiting = 10_000;

/** One write about a call. */
export interface CallWrite<Result = unknown> {
  readonly callId: string;
  /** Whether the write holds the whole record; it then replaces one of the same call that waits, unless that is whole too. */
  readonly isWhole: boolean;
  readonly script: () => Script<Result>;
  /** Runs after the commit. */
  readonly committed: (result: Result) => void;
}

/** Stores writes, and keeps those that fail until a later write, or `flush`, can store them too. */
export interface RecordKeeper {
  /** Resolves after the commit, or once the write waits in memory or was dropped. Never rejects. */
  keep<Result>(write: CallWrite<Result>): Promise<void>;
  /** Stores a write or rejects with the store's error; nothing of it waits. */
  insist<Result>(write: CallWrite<Result>): Promise<void>;
  /** Counts a record that cannot even be written down. */
  refuse(callId: string, cause: unknown): void;
  /** Runs a script that is worth something only now; it is left out while records wait, and a failure is only logged. */
  attempt(script: () => Script<void>): Promise<void>;
  /** Tries to store what waits. Never rejects. */
  flush(): Promise<void>;
  /** Drops what still waits, and waits for what is being written. */
  close(): Promise<void>;
  /** Records that wait. */
  readonly waitingCount: number;
  /** Records dropped so far. */
  readonly droppedCount: number;
}

export interface RecordKeeperOptions {
  readonly transact: RunTransaction;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly dropped: (record: DroppedRecord) => void;
}

/** Makes a {@link RecordKeeper}. */
export function createRecordKeeper({ transact, clock, logger, dropped }: RecordKeeperOptions): RecordKeeper {
  // By call, in order of arrival: one entry is one record, and a settle makes its begin superfluous.
  const waiting = new Map<string, CallWrite>();
  const inFlight = new Set<Promise<void>>();
  let flushing: Promise<void> = Promise.resolve();
  let nextTryMs = 0;
  let droppedCount = 0;
  let closed = false;

  const drop = (callId: string, reason: DroppedRecord['reason'], cause?: unknown) => {
    droppedCount++;
    logger.error({ callId, reason, count: droppedCount, err: cause }, 'a call record is lost');
    dropped({ callId, reason, count: droppedCount });
  };

  const wait = (write: CallWrite) => {
    const earlier = waiting.get(write.callId);
    if (earlier?.isWhole || (earlier && !write.isWhole)) return;
    waiting.set(write.callId, write);
    if (waiting.size <= mostWaiting) return;
    const [oldest] = waiting.values();
    if (!oldest) return;
    waiting.delete(oldest.callId);
    // The settle of a call that only began still brings the whole record.
    if (oldest.isWhole) drop(oldest.callId, 'overflow');
  };

  const refuse = (write: CallWrite, error: unknown) => {
    if (write.isWhole) drop(write.callId, 'invalid', error);
    else logger.warn({ callId: write.callId, err: error }, 'a call begins with fields that cannot be stored');
  };

  const failed = (error: unknown, tookMs: number) => {
    // A busy timeout blocks the process: pausing in proportion keeps at least four fifths of its time for the calls themselves.
    nextTryMs = clock.monotonic() + 4 * tookMs;
    logger.warn({ err: error, waiting: waiting.size }, 'the token store fails; records wait in memory');
  };

  async function storeWaiting(): Promise<void> {
    const writes = [...waiting.values()];
    if (writes.length === 0) return;
    const startMs = clock.monotonic();
    try {
      const outcomes = await transact(() => storeEach(writes));
      for (const [index, write] of writes.entries()) {
        const outcome = outcomes[index];
        if (waiting.get(write.callId) === write) waiting.delete(write.callId);
        if (outcome && 'error' in outcome) refuse(write, outcome.error);
        else write.committed(outcome?.result);
      }
    } catch (error) {
      failed(error, clock.monotonic() - startMs);
    }
  }

  const flush = () => {
    flushing = flushing.then(storeWaiting);
    return flushing;
  };

  async function store<Result>(write: CallWrite<Result>): Promise<void> {
    if (waiting.size > 0) {
      wait(write as CallWrite);
      if (clock.monotonic() >= nextTryMs) await flush();
      return;
    }
    const startMs = clock.monotonic();
    try {
      const result = transact(write.script);
      write.committed(result instanceof Promise ? await result : result);
    } catch (error) {
      if (isImpossible(error)) refuse(write as CallWrite, error);
      else if (closed) drop(write.callId, 'closed', error);
      else {
        wait(write as CallWrite);
        failed(error, clock.monotonic() - startMs);
      }
    }
  }

  return {
    get waitingCount() {
      return waiting.size;
    },
    get droppedCount() {
      return droppedCount;
    },
    keep(write) {
      const stored = store(write);
      inFlight.add(stored);
      return stored.finally(() => inFlight.delete(stored));
    },
    refuse: (callId, cause) => drop(callId, 'invalid', cause),
    async attempt(script) {
      if (waiting.size > 0) return;
      const startMs = clock.monotonic();
      try {
        await transact(script);
      } catch (error) {
        failed(error, clock.monotonic() - startMs);
      }
    },
    async insist(write) {
      if (waiting.size > 0) await flush();
      write.committed(await transact(write.script));
    },
    flush,
    async close() {
      closed = true;
      await Promise.all(inFlight);
      await flush();
      for (const callId of waiting.keys()) drop(callId, 'closed');
      waiting.clear();
    },
  };
}

type Outcome = { readonly result: unknown } | { readonly error: unknown };

/** Stores each write by itself within one transaction, so that an impossible one does not hold up the others. */
function* storeEach(writes: readonly CallWrite[]): Script<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const write of writes) {
    yield { sql: 'SAVEPOINT tokens_record', parameters: [] };
    try {
      outcomes.push({ result: yield* write.script() });
    } catch (error) {
      if (!isImpossible(error)) throw error;
      yield { sql: 'ROLLBACK TO SAVEPOINT tokens_record', parameters: [] };
      outcomes.push({ error });
    }
    yield { sql: 'RELEASE SAVEPOINT tokens_record', parameters: [] };
  }
  return outcomes;
}
