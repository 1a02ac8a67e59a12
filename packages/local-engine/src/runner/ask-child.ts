import { LocalEngineError } from '../errors.js';
import type { Clock, SpawnRunner } from '../types.js';
import type { FromRunner, RunnerFailureCode, ToRunner } from './protocol.js';

/** What a child that holds no model is asked with. */
export interface ChildTools {
  readonly spawn: SpawnRunner;
  /** Main module of the child. */ readonly entry: string;
  readonly clock: Clock;
}

/** One question, which a child of its own answers. */
export interface ChildQuestion<Answer> {
  readonly message: ToRunner;
  /** How long it may take. */ readonly mostMs: number;
  /** The only failure of the child that keeps its code; the others are `load-failed`. */
  readonly keptCode: RunnerFailureCode & LocalEngineError['code'];
  /** Who stops when the child dies, for people. */ readonly who: string;
  /** What it is when there is no answer in time. */ late(): LocalEngineError;
  /** The answer that a message holds; `null` = none. */ read(message: FromRunner): Answer | null;
}

/**
 * Asks a child, and ends it: what it reads may be hostile, and native code never comes into this process.
 *
 * @throws {@link LocalEngineError} the question's own, `load-failed`, `runner-crashed`; the signal's reason
 */
export async function askChild<Answer>(
  { spawn, entry, clock }: ChildTools,
  { message, mostMs, keptCode, who, late, read }: ChildQuestion<Answer>,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  signal?.throwIfAborted();
  const child = spawn(entry);
  let cancel = () => {};
  let onAbort = () => {};
  try {
    return await new Promise<Answer>((resolve, reject) => {
      cancel = clock.after(mostMs, () => reject(late()));
      onAbort = () => reject(signal?.reason);
      signal?.addEventListener('abort', onAbort, { once: true });
      child.onMessage((heard) => {
        const answer = read(heard);
        if (answer !== null) resolve(answer);
        else if (heard.type === 'failure') {
          const { code, message: told, facts } = heard;
          reject(new LocalEngineError(code === keptCode ? keptCode : 'load-failed', told, facts));
        }
      });
      child.onExit((reason) => reject(new LocalEngineError('runner-crashed', `${who} stopped: ${reason}`)));
      child.send(message);
    });
  } finally {
    cancel();
    signal?.removeEventListener('abort', onAbort);
    child.kill();
  }
}
