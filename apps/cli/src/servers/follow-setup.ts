import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SetupEvent } from '@tale/protocol';
import type { RuntimeFile } from '@tale/supervisor';
import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import { findServer, readRuntime, trustServer } from '../gateway/runtime.js';
import type { ServerClient } from '../gateway/server-client.js';
import { monotonicMs } from '../monotonic.js';
import { createSetupView } from './setup-view.js';

const pollMs = 200;
/** How long servers that are away are waited for: somebody may be restarting them. A stop leaves no file. */
const awayMs = 3_000;
const goneMs = 500;
/** How often somebody looks whether the servers were stopped while their stream is silent. */
const lookMs = 500;

/** Options of {@link followSetup}. */
export interface FollowSetupOptions {
  /** Longest wait for a `models` server that does not come up, ms. @defaultValue 60,000 */
  readonly giveUpMs?: number;
}

/**
 * Waits until there are models to work with, and shows what is fetched. What failed before this command is tried once more.
 *
 * @throws {@link CommandError} `models-unavailable` and what the `models` server reports; `servers-down` if the servers are stopped
 * meanwhile
 */
export async function followSetup(
  context: CommandContext,
  runtime: RuntimeFile,
  signal: AbortSignal,
  { giveUpMs = 60_000 }: FollowSetupOptions = {},
): Promise<void> {
  const view = createSetupView(context.printer, context.now);
  const readNow = () => readRuntime(context.folders.data);
  const isThere = () => existsSync(join(context.folders.data, 'runtime.json'));
  let lastSeenMs = monotonicMs();
  let supervisorSeenMs = monotonicMs();
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
      const present = readNow();
      if (await findServer(present, 'supervisor', signal)) supervisorSeenMs = monotonicMs();
      else if (monotonicMs() - supervisorSeenMs > (present ? awayMs : goneMs)) throw stopped();
      // The server may be on its way up, or have been restarted in the middle.
      if (monotonicMs() - lastSeenMs > giveUpMs) {
        throw new CommandError('models-unavailable', 'The models server does not come up.', {
          hint: 'tale logs --server models',
          retryable: true,
        });
      }
      await sleep(pollMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      models = await findServer(present, 'models', signal);
    }
  } finally {
    view.close();
  }

  async function readToEnd(models: ServerClient): Promise<SetupEvent | null> {
    const gone = new AbortController();
    // A stop removes the file; the stream of a server that hangs would never end.
    const watch = setInterval(() => {
      if (!isThere()) gone.abort();
    }, lookMs);
    try {
      const reading = AbortSignal.any([signal, gone.signal]);
      for await (const wire of models.events('/v1/setup', { signal: reading })) {
        const event = wire as unknown as SetupEvent;
        lastSeenMs = monotonicMs();
        supervisorSeenMs = monotonicMs();
        if (event.type !== 'setup-progress') return event;
        isFirst = false;
        view.push(event);
      }
    } catch (error) {
      signal.throwIfAborted();
      const isPassing = gone.signal.aborted || (error instanceof CommandError && error.envelope.retryable);
      if (!isPassing) throw error;
    } finally {
      clearInterval(watch);
    }
    return null;
  }
}

function stopped(): CommandError {
  return new CommandError(
    'servers-down',
    'The servers were stopped while they got the models; nothing was handed over.',
    {
      hint: 'submit again: what was fetched is kept',
      retryable: true,
    },
  );
}
