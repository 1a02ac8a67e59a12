import { LocalEngineError } from '../errors.js';
import type { Clock, SpawnRunner } from '../types.js';
import type { GgufFacts } from './protocol.js';

/** What a file is read with. */
export interface InspectTools {
  readonly spawn: SpawnRunner;
  /** Main module of the child. */ readonly entry: string;
  readonly clock: Clock;
}

const mostMs = 30_000;

/**
 * Reads the header of a GGUF file in a child that is given half a minute: the file may be hostile.
 *
 * @throws {@link LocalEngineError} `invalid-gguf`; `load-failed` for a file that cannot be read; `runner-crashed`
 */
export async function inspectFile({ spawn, entry, clock }: InspectTools, path: string): Promise<GgufFacts> {
  const child = spawn(entry);
  let cancel = () => {};
  try {
    return await new Promise<GgufFacts>((resolve, reject) => {
      cancel = clock.after(mostMs, () =>
        reject(new LocalEngineError('invalid-gguf', `the header of ${path} cannot be read within ${mostMs / 1000} s`)),
      );
      child.onMessage((message) => {
        if (message.type === 'inspected') resolve(message.facts);
        if (message.type !== 'failure') return;
        reject(new LocalEngineError(message.code === 'invalid-gguf' ? message.code : 'load-failed', message.message));
      });
      child.onExit((reason) =>
        reject(new LocalEngineError('runner-crashed', `the reader of GGUF files stopped: ${reason}`)),
      );
      child.send({ type: 'inspect', path });
    });
  } finally {
    cancel();
    child.kill();
  }
}
