import type { RuntimeFile } from '@tale/supervisor';
import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import { createGatewayLink } from '../gateway/gateway-link.js';
import { monotonicMs } from '../monotonic.js';
import { readDuration, readInteger } from '../options.js';
import { ensureServers } from '../servers/ensure-servers.js';
import { followSetup } from '../servers/follow-setup.js';
import { createKey } from '../submit/create-key.js';
import { readPrompt } from '../submit/read-prompt.js';
import { runTask } from '../submit/run-task.js';
import { withInterrupt } from '../terminal/interrupt.js';

/** Options of `tale submit` as commander gives them. */
export interface SubmitOptions {
  readonly file?: string;
  readonly detach?: boolean;
  readonly priority?: string;
  readonly maxTime?: string;
  readonly key?: string;
  readonly timing?: boolean;
  readonly start: boolean;
}

/** `tale submit`: hands over a task and, unless detached, waits for its end. */
export async function submit(context: CommandContext, text: string | undefined, options: SubmitOptions): Promise<void> {
  const priority = readInteger('--priority', options.priority, { least: 0, most: 9 });
  const maxTimeMs = readDuration('--max-time', options.maxTime);
  if (options.key === '') throw new CommandError('usage', '--key takes a text that is not empty.');
  const failure = await withInterrupt(async (signal) => {
    const beforePromptMs = monotonicMs();
    const prompt = await readPrompt({
      text,
      file: options.file,
      stdin: () => process.stdin,
      signal,
      onReplaced: (count) => context.printer.note(describeReplaced(count)),
    });
    const beforeServersMs = monotonicMs();
    const runtime = await prepareServers(context, options.start, signal);
    const submission = {
      prompt,
      priority,
      maxTimeMs,
      key: options.key ?? createKey(context.now()),
      // Only a key that somebody chose can be that of a task from before.
      mayExist: options.key !== undefined,
      detach: options.detach === true,
      showTiming: options.timing === true,
    };
    return runTask(context, submission, {
      link: createGatewayLink(context, runtime),
      signal,
      promptMs: beforeServersMs - beforePromptMs,
      serversMs: monotonicMs() - beforeServersMs,
    });
  });
  if (failure) throw failure;
}

/** Running servers with models to work with; Ctrl+C leaves them to themselves. */
async function prepareServers(context: CommandContext, start: boolean, signal: AbortSignal): Promise<RuntimeFile> {
  let goesOn = start ? 'the servers go on starting' : null;
  try {
    const { runtime } = await ensureServers(context, { start, port: null, executionInstances: null, signal });
    goesOn = 'the servers stay up and go on getting the models';
    await followSetup(context, runtime, signal);
    return runtime;
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    const { exitCode } = error as CommandError;
    throw new CommandError('interrupted', `Interrupted: nothing was handed over${goesOn ? `; ${goesOn}` : ''}.`, {
      exitCode,
      hint: goesOn && 'tale servers stop ends that',
    });
  }
}

function describeReplaced(count: number): string {
  return count === 1
    ? '1 character was not valid and was replaced by U+FFFD'
    : `${count} characters were not valid and were replaced by U+FFFD`;
}
