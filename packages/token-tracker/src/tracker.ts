import { EventEmitter } from 'node:events';
import { ulid } from 'ulid';
import { beginWrite, type CallWriting, createCallHandle, settleWrite } from './call-handle.js';
import type { CallEnd } from './calls.js';
import { systemClock } from './clock.js';
import { TokenTrackerError } from './errors.js';
import { callsScript } from './queries/calls.js';
import { reportScript } from './queries/report.js';
import { taskUsageScript, taskUsagesScript } from './queries/task-usage.js';
import type { Script } from './queries/types.js';
import { silentLogger } from './silent-logger.js';
import { isImpossible } from './store/busy.js';
import { endTaskScript } from './store/end-task.js';
import { createPresence } from './store/presence.js';
import { createRecordKeeper } from './store/record-keeper.js';
import { processesScript } from './store/recover.js';
import { runScriptKysely } from './store/run-script-kysely.js';
import type { CallValues } from './store/schema.js';
import { sqliteTransactions, writerTransactions } from './store/transactions.js';
import { verifyScript } from './store/verify.js';
import { transactionWriter } from './store/writer.js';
import type { AbortOptions, TokenTracker, TokenTrackerEvents, TokenTrackerOptions } from './types.js';

/**
 * Makes a tracker on tables that `migrateTokens` prepared. A live call is two short transactions: `begin` stores an open row, `settle` makes
 * it final together with its rollup bucket and its task. Many processes may write to the same file.
 */
export function createTokenTracker(options: TokenTrackerOptions): TokenTracker {
  const { kysely, sqlite, clock = systemClock, logger = silentLogger, createId = ulid } = options;
  const { processId = createId(), onStoreError = 'open' } = options;
  const transact = sqlite
    ? sqliteTransactions(sqlite)
    : writerTransactions(options.writer ?? transactionWriter(kysely));
  const events = new EventEmitter<TokenTrackerEvents>();
  let closing: Promise<void> | null = null;
  let isRecording = false;

  /** A listener that throws must not fail the call that is being counted. */
  const tell = (emit: () => void) => {
    try {
      emit();
    } catch (error) {
      logger.error({ err: error }, 'a listener of the token tracker threw');
    }
  };
  const keeper = createRecordKeeper({
    transact,
    clock,
    logger,
    dropped: (record) => tell(() => events.emit('record-dropped', record)),
  });
  const presence = createPresence({
    processId,
    clock,
    logger,
    transact,
    async beforeBeat() {
      await keeper.flush();
      return keeper.waitingCount === 0;
    },
  });
  const writing: CallWriting = {
    processId,
    clock,
    keeper,
    presence,
    settled: (end) => tell(() => events.emit('call-settled', end)),
  };

  const checkOpen = () => {
    if (closing) throw new TokenTrackerError('closed', 'the token tracker is closed');
  };
  const settle = async (end: CallEnd, lastProgressTokens = 0, opened: CallValues | null = null) => {
    let write: ReturnType<typeof settleWrite>;
    try {
      write = settleWrite(end, writing, lastProgressTokens, opened);
    } catch (error) {
      keeper.refuse(String(end?.callId), error);
      return;
    }
    await keeper.keep(write);
  };
  const read = async <Result>(script: () => Script<Result>, { signal }: AbortOptions = {}) => {
    checkOpen();
    try {
      return await runScriptKysely(script(), kysely, signal ? { signal } : {});
    } catch (error) {
      throw failure(error, signal);
    }
  };

  const tracker: TokenTracker = {
    events,
    processId,
    async begin(start) {
      checkOpen();
      isRecording = true;
      let opened: CallValues | null = null;
      const write = () =>
        beginWrite(start, writing, (row) => {
          opened = row;
        });
      try {
        if (onStoreError === 'closed') await keeper.insist(write());
        else await keeper.keep(write());
      } catch (error) {
        if (onStoreError === 'closed') throw failure(error);
        logger.warn({ err: error }, 'a call begins with fields that cannot be stored');
      }
      return createCallHandle(writing, start, (end, lastProgressTokens) => settle(end, lastProgressTokens, opened));
    },
    record(end) {
      isRecording = true;
      return settle(end);
    },
    async endTask(taskId, end) {
      checkOpen();
      try {
        if (keeper.waitingCount > 0) await keeper.flush();
        return await transact(() => endTaskScript(taskId, end, clock.now()));
      } catch (error) {
        throw failure(error);
      }
    },
    async recover({ signal } = {}) {
      const processes = await read(processesScript, signal ? { signal } : {});
      try {
        return await presence.recover(processes, signal);
      } catch (error) {
        throw failure(error, signal);
      }
    },
    async report(reportOptions) {
      const report = await read(() => reportScript(reportOptions), reportOptions);
      return { ...report, droppedRecords: isRecording ? keeper.droppedCount : null };
    },
    taskUsage: (taskId, abort) => read(() => taskUsageScript(taskId), abort),
    taskUsages: (taskIds, abort) => read(() => taskUsagesScript(taskIds), abort),
    calls: (callsOptions = {}) => read(() => callsScript(callsOptions), callsOptions),
    verify: (abort) => read(verifyScript, abort),
    close() {
      closing ??= keeper.close().then(presence.close);
      return closing;
    },
    [Symbol.asyncDispose]: () => tracker.close(),
  };
  return tracker;
}

function failure(error: unknown, signal?: AbortSignal): unknown {
  if (TokenTrackerError.isInstance(error) || (signal?.aborted && error === signal.reason)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new TokenTrackerError('store-failed', `the token store failed: ${message}`, {
    cause: error,
    retryable: !isImpossible(error),
  });
}
