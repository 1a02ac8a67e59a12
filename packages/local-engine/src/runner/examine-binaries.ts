import { LocalEngineError } from '../errors.js';
import type { Clock, SpawnRunner } from '../types.js';
import type { FromRunner } from './protocol.js';

/** Which binaries of the runtime would run. */
export type Binaries = Omit<Extract<FromRunner, { type: 'examined' }>, 'type'>;

const mostMs = 15_000;

/**
 * Asks a child which binaries would run: native code never comes into this process.
 *
 * @throws {@link LocalEngineError} `runtime-missing`, `load-failed`, `runner-crashed`; the signal's reason
 */
export async function examineBinaries(
  { spawn, entry, clock }: { readonly spawn: SpawnRunner; readonly entry: string; readonly clock: Clock },
  runtimeDir: string,
  signal: AbortSignal,
): Promise<Binaries> {
  signal.throwIfAborted();
  const child = spawn(entry);
  let cancel = () => {};
  let onAbort = () => {};
  try {
    return await new Promise<Binaries>((resolve, reject) => {
      cancel = clock.after(mostMs, () =>
        reject(new LocalEngineError('load-failed', `the runtime did not answer within ${mostMs / 1000} s`)),
      );
      onAbort = () => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      child.onMessage((message) => {
        if (message.type === 'examined') resolve(message);
        if (message.type !== 'failure') return;
        const code = message.code === 'runtime-missing' ? message.code : 'load-failed';
        reject(new LocalEngineError(code, message.message));
      });
      child.onExit((reason) => reject(new LocalEngineError('runner-crashed', `the runtime stopped: ${reason}`)));
      child.send({ type: 'examine', runtimeDir });
    });
  } finally {
    cancel();
    signal.removeEventListener('abort', onAbort);
    child.kill();
  }
}
