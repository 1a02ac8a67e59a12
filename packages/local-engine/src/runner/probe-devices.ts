import { LocalEngineError } from '../errors.js';
import type { Clock, RunnerProcess } from '../types.js';
import type { FromRunner } from './protocol.js';

/** The GPU of a machine. */
export type Devices = Omit<Extract<FromRunner, { type: 'probed' }>, 'type'>;

const mostMs = 120_000;

/**
 * Asks a child that has no model yet what GPU it finds.
 *
 * @throws {@link LocalEngineError} `load-failed`, `runtime-missing`, `runner-crashed`
 */
export function probeDevices(
  child: RunnerProcess,
  options: { readonly clock: Clock; readonly runtimeDir: string; readonly threads: number },
): Promise<Devices> {
  const { clock, runtimeDir, threads } = options;
  return new Promise((resolve, reject) => {
    const cancel = clock.after(mostMs, () => {
      child.kill();
      reject(new LocalEngineError('load-failed', 'the GPU did not answer'));
    });
    child.onMessage((message) => {
      if (message.type !== 'probed' && message.type !== 'failure') return;
      cancel();
      if (message.type === 'probed') return resolve(message);
      const code = message.code === 'runtime-missing' ? message.code : 'load-failed';
      reject(new LocalEngineError(code, message.message));
    });
    child.onExit((reason) => {
      cancel();
      const cause = new Error(reason);
      reject(
        new LocalEngineError('runner-crashed', 'the model runner stopped before it loaded', { retryable: true, cause }),
      );
    });
    child.send({ type: 'probe', runtimeDir, threads });
  });
}
