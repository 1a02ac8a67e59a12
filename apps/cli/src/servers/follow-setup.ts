import { setTimeout as sleep } from 'node:timers/promises';
import type { SetupEvent } from '@tale/protocol';
import type { RuntimeFile } from '@tale/supervisor';
import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import { findServer, readRuntime, trustServer } from '../gateway/runtime.js';
import type { ServerClient } from '../gateway/server-client.js';
import { createSetupView } from './setup-view.js';

const pollMs = 200;

/**
 * Waits until there are models to work with, and shows what is fetched. What failed before this command is tried once more.
 *
 * @throws {@link CommandError} `models-unavailable` and what the `models` server reports
 */
export async function followSetup(
  context: CommandContext,
  runtime: RuntimeFile,
  signal: AbortSignal,
  giveUpMs = 60_000,
): Promise<void> {
  const view = createSetupView(context.printer, context.now);
  let lastSeenMs = performance.now();
  let isFirst = true;
  try {
    let models = trustServer(runtime, 'models');
    for (;;) {
      const end = models ? await readToEnd(models) : null;
      if (end?.type === 'setup-end') return view.end(end);
      if (end?.type === 'setup-error') {
        if (!isFirst) throw CommandError.from(end.error);
        await models!.post('/v1/setup', {}, { signal });
      }
      isFirst = false;
      // The server may be on its way up, or have been restarted in the middle.
      if (performance.now() - lastSeenMs > giveUpMs) {
        throw new CommandError('models-unavailable', 'The models server does not come up.', {
          hint: 'tale logs --server models',
          retryable: true,
        });
      }
      await sleep(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      models = await findServer(readRuntime(context.folders.data), 'models', signal);
    }
  } finally {
    view.close();
  }

  async function readToEnd(models: ServerClient): Promise<SetupEvent | null> {
    try {
      for await (const wire of models.events('/v1/setup', { signal })) {
        const event = wire as unknown as SetupEvent;
        lastSeenMs = performance.now();
        if (event.type !== 'setup-progress') return event;
        isFirst = false;
        view.push(event);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof CommandError) || !error.envelope.retryable) throw error;
    }
    return null;
  }
}
