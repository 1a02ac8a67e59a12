import { follow } from '../abort.js';
import { McpTransportError } from '../errors.js';
import type { Clock, Principal, Progress } from '../types.js';
import { type WireResult, wireFailure, wireResult } from './tool-result.js';
import type { ToolEntry } from './tool-table.js';

/** One run of a tool. */
export interface ToolRun {
  readonly entry: ToolEntry;
  /** Arguments that passed the check. */
  readonly args: unknown;
  readonly signal: AbortSignal;
  readonly principal: Principal;
  readonly idempotencyKey: string | null;
  readonly progress: (progress: Progress) => void;
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly source: string;
}

/**
 * Runs a tool; never rejects. After the time limit the answer is a `timeout`, even when the tool does not heed its
 * signal; reports that come after the answer are dropped.
 */
export async function runTool(run: ToolRun): Promise<WireResult> {
  const { entry, args, principal, idempotencyKey, timeoutMs, clock, source } = run;
  const controller = new AbortController();
  const release = follow(controller, [run.signal]);
  let isOver = false;
  let stopTimer = () => {};
  const limit = new Promise<never>((_, reject) => {
    stopTimer = clock.after(timeoutMs, () => {
      const message = `${entry.tool.name} took longer than ${timeoutMs} ms`;
      const error = new McpTransportError('timeout', message, { retryable: true, mayHaveRun: true });
      controller.abort(error);
      reject(error);
    });
  });
  const progress = (report: Progress) => {
    if (!isOver) run.progress(report);
  };
  const work = async () => entry.tool.run(args, { signal: controller.signal, principal, progress, idempotencyKey });
  try {
    return wireResult(await Promise.race([work(), limit]));
  } catch (error) {
    return wireFailure(error, source);
  } finally {
    isOver = true;
    stopTimer();
    release();
  }
}
