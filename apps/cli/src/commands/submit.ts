import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import { createGatewayLink } from '../gateway/gateway-link.js';
import { readDuration, readInteger } from '../options.js';
import { ensureServers } from '../servers/ensure-servers.js';
import { followSetup } from '../servers/follow-setup.js';
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
    const beforePromptMs = performance.now();
    const prompt = await readPrompt({ text, file: options.file, stdin: () => process.stdin, signal });
    const beforeServersMs = performance.now();
    const settings = { start: options.start, port: null, executionInstances: null, signal };
    const { runtime } = await ensureServers(context, settings);
    await followSetup(context, runtime, signal);
    const submission = {
      prompt,
      priority,
      maxTimeMs,
      key: options.key ?? crypto.randomUUID(),
      detach: options.detach === true,
      showTiming: options.timing === true,
    };
    return runTask(context, submission, {
      link: createGatewayLink(context, runtime),
      signal,
      promptMs: beforeServersMs - beforePromptMs,
      serversMs: performance.now() - beforeServersMs,
    });
  });
  if (failure) throw failure;
}
