import { createHash } from 'node:crypto';
import { abortable } from '../abort.js';
import { isObject } from '../envelope.js';
import type { Clock, LedgerKey, LedgerPort, Logger, Progress } from '../types.js';
import { failureIn, replayed, type WireResult } from './tool-result.js';

/** Somebody who waits for a keyed call. */
export interface Caller {
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

/** Does the work of a keyed call. */
export type Execute = (signal: AbortSignal, progress: (progress: Progress) => void) => Promise<WireResult>;

/** Runs calls with equal keys once. */
export type RunOnce = (
  key: LedgerKey,
  args: unknown,
  caller: Caller,
  execute: Execute,
) => Promise<WireResult | 'conflict'>;

interface Running {
  readonly argumentsHash: string;
  readonly controller: AbortController;
  readonly callers: Set<Caller>;
  readonly result: Promise<WireResult>;
}

/**
 * A second arrival joins the run or gets the stored result; `conflict` when its arguments are others. The run ends when
 * nobody waits for it any more. Stored is what would be the same next time: results, and failures that are not
 * retryable. A run that was given up leaves nothing behind, so that the next call starts anew.
 */
export function createRunOnce(ledger: LedgerPort, clock: Pick<Clock, 'now'>, logger: Pick<Logger, 'error'>): RunOnce {
  const running = new Map<string, Running>();

  const start = (id: string, key: LedgerKey, argumentsHash: string, first: Caller, execute: Execute): Running => {
    const controller = new AbortController();
    const callers = new Set([first]); // before the run: a tool may report in its first step
    const report = (progress: Progress) => {
      for (const caller of callers) caller.progress(progress);
    };
    const work = async () => {
      try {
        const result = await execute(controller.signal, report);
        const failure = failureIn(result);
        if (failure === null || !(failure.retryable || controller.signal.aborted)) {
          const record = { argumentsHash, result: JSON.stringify(result), storedAtMs: clock.now() };
          await ledger.write(key, record).catch((error: unknown) => {
            logger.error({ tool: key.tool, error }, 'the result of a keyed call could not be stored');
          });
        }
        return result;
      } finally {
        running.delete(id);
      }
    };
    const run = { argumentsHash, controller, callers, result: work() };
    running.set(id, run);
    return run;
  };

  const join = async (run: Running, caller: Caller): Promise<WireResult> => {
    run.callers.add(caller);
    try {
      return await abortable(run.result, caller.signal);
    } finally {
      run.callers.delete(caller);
      if (run.callers.size === 0) run.controller.abort(caller.signal.reason);
    }
  };

  return async (key, args, caller, execute) => {
    const id = JSON.stringify([key.principal, key.tool, key.key]);
    const argumentsHash = hashOf(args);
    for (;;) {
      const current = running.get(id);
      if (current && current.argumentsHash !== argumentsHash) return 'conflict';
      if (current && !current.controller.signal.aborted) return replayed(await join(current, caller));
      if (current) {
        await current.result.catch(() => {}); // given up, but still winding down
        continue;
      }
      const record = await ledger.read(key);
      if (running.has(id)) continue; // somebody came first while the ledger was read
      if (record) return record.argumentsHash === argumentsHash ? replayed(JSON.parse(record.result)) : 'conflict';
      return join(start(id, key, argumentsHash, caller, execute), caller);
    }
  };
}

/** SHA-256 of the arguments, whatever the order of their keys. */
function hashOf(args: unknown): string {
  const sorted = JSON.stringify(args, (_, value) =>
    isObject(value) && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
      : value,
  );
  return createHash('sha256')
    .update(sorted ?? '')
    .digest('hex');
}
