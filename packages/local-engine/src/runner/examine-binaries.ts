import { LocalEngineError } from '../errors.js';
import { askChild, type ChildTools } from './ask-child.js';
import type { FromRunner } from './protocol.js';

/** Which binaries of the runtime would run. */
export type Binaries = Omit<Extract<FromRunner, { type: 'examined' }>, 'type'>;

const mostMs = 15_000;

/**
 * Asks a child which binaries would run.
 *
 * @throws {@link LocalEngineError} `runtime-missing`, `load-failed`, `runner-crashed`; the signal's reason
 */
export function examineBinaries(tools: ChildTools, runtimeDir: string, signal: AbortSignal): Promise<Binaries> {
  return askChild(
    tools,
    {
      message: { type: 'examine', runtimeDir },
      ...{ mostMs, keptCode: 'runtime-missing', who: 'the runtime' },
      late: () => new LocalEngineError('load-failed', `the runtime did not answer within ${mostMs / 1000} s`),
      read: (message) => (message.type === 'examined' ? message : null),
    },
    signal,
  );
}
