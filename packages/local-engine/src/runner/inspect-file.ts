import { LocalEngineError } from '../errors.js';
import type { RunnerProcess, SpawnRunner } from '../types.js';
import type { GgufFacts } from './protocol.js';

/**
 * Reads the header of a GGUF file in a child: the file may be hostile.
 *
 * @throws {@link LocalEngineError} `invalid-gguf`
 */
export async function inspectFile(spawn: SpawnRunner, entry: string, path: string): Promise<GgufFacts> {
  const child: RunnerProcess = spawn(entry);
  try {
    return await new Promise<GgufFacts>((resolve, reject) => {
      child.onMessage((message) => {
        if (message.type === 'inspected') resolve(message.facts);
        if (message.type === 'failure') reject(new LocalEngineError('invalid-gguf', message.message));
      });
      child.onExit((reason) =>
        reject(new LocalEngineError('runner-crashed', `the reader of GGUF files stopped: ${reason}`)),
      );
      child.send({ type: 'inspect', path });
    });
  } finally {
    child.kill();
  }
}
