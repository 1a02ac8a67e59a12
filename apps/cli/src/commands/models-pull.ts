import type { TaleErrorCode } from '@tale/protocol';
import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import { findServer, readRuntime, serversDown } from '../gateway/runtime.js';
import type { WireEvent } from '../gateway/server-client.js';
import type { Printer } from '../printer.js';
import { createLinePacer, createRateMeter, progressRatio, renderProgress } from '../render/progress.js';
import { withInterrupt } from '../terminal/interrupt.js';

/** `tale models pull <name>`: fetches a model; interrupted, what was fetched stays for the next time. */
export async function pullModel(context: CommandContext, name: string): Promise<void> {
  await withInterrupt((signal) => pull(context, name, signal));
}

async function pull({ printer, folders, now }: CommandContext, name: string, signal: AbortSignal): Promise<void> {
  const models = await findServer(readRuntime(folders.data), 'models', signal);
  if (!models) throw serversDown();
  const show = createPullView(printer, name, now);
  let isDone = false;
  for await (const event of models.postEvents('/v1/pool/pull', { model: name }, { signal })) {
    if (event.type === 'request-error') throw failureOf(event);
    isDone = event.type === 'request-end';
    if (!isDone) show(event);
  }
  printer.phase('');
  if (!isDone) {
    throw new CommandError('stream-broken', `The models server stopped while it fetched ${name}.`, {
      source: 'models',
      retryable: true,
      hint: `tale models pull ${name} goes on where it stopped`,
    });
  }
  if (printer.settings.json) printer.document({ schema: 'tale.models/1', pulled: name });
  else printer.line(`${name} is here`);
}

/** Shows the reports of a pull: as a bar on a terminal, as lines elsewhere. */
function createPullView(printer: Printer, name: string, now: () => number) {
  const pacer = createLinePacer();
  let meter = createRateMeter();
  let about = '';
  return (event: WireEvent) => {
    const {
      status = '',
      completedBytes = null,
      totalBytes = null,
    } = event as WireEvent & {
      status?: string;
      completedBytes?: number | null;
      totalBytes?: number | null;
    };
    if (status !== about) meter = createRateMeter();
    about = status;
    const rate = completedBytes === null ? null : meter.update(now(), completedBytes);
    const etaMs = rate && totalBytes !== null ? ((totalBytes - (completedBytes ?? 0)) / rate) * 1_000 : null;
    const progress = { completedBytes, totalBytes, etaMs };
    const line = `${name}: ${status}  ${renderProgress(progress, rate, printer.stderr.ansi ? 24 : 0)}`.trimEnd();
    if (printer.stderr.ansi) printer.phase(line);
    else if (pacer.isDue(now(), status, progressRatio(progress))) printer.note(line);
  };
}

/** The pool's own error as the command's; a refusal counts as its reason. */
function failureOf(event: WireEvent): CommandError {
  const { code, reason, message, retryable, retryAfterMs, details } = event as WireEvent & Record<string, string>;
  const named = code === 'refused' && reason ? reason : code;
  return new CommandError(named as TaleErrorCode, message ?? 'The model could not be fetched.', {
    source: 'models',
    retryable: Boolean(retryable),
    retryAfterMs: typeof retryAfterMs === 'number' ? retryAfterMs : null,
    details: (details ?? {}) as unknown as Record<string, unknown>,
  });
}
