import { LocalEngineError } from '../errors.js';
import { askChild, type ChildTools } from './ask-child.js';
import type { GgufFacts } from './protocol.js';

const mostMs = 30_000;

/**
 * Reads the header of a GGUF file in a child that is given half a minute: the file may be hostile.
 *
 * @throws {@link LocalEngineError} `invalid-gguf`; `load-failed` for a file that cannot be read; `runner-crashed`; the signal's reason
 */
export function inspectFile(tools: ChildTools, path: string, signal?: AbortSignal): Promise<GgufFacts> {
  return askChild(
    tools,
    {
      message: { type: 'inspect', path },
      ...{ mostMs, keptCode: 'invalid-gguf', who: 'the reader of GGUF files' },
      late: () =>
        new LocalEngineError('invalid-gguf', `the header of ${path} cannot be read within ${mostMs / 1000} s`),
      read: (message) => (message.type === 'inspected' ? message.facts : null),
    },
    signal,
  );
}
