import type { ErrorEnvelope } from '@tale/protocol';
import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import { findServer, readRuntime, serversDown } from '../gateway/runtime.js';
import { createLinePacer, createRateMeter, progressRatio, renderProgress } from '../render/progress.js';
import { withInterrupt } from '../terminal/interrupt.js';

/** One report of a pull. */
interface PullReport {
  readonly status?: string;
  readonly completedBytes?: number | null;
  readonly totalBytes?: number | null;
  readonly error?: ErrorEnvelope;
}

/** `tale models pull <name>`: fetches a model; interrupted, what was fetched stays for the next time. */
export async function pullModel(context: CommandContext, name: string): Promise<void> {
  await withInterrupt((signal) => pull(context, name, signal));
}

async function pull(context: CommandContext, name: string, signal: AbortSignal): Promise<void> {
  const { printer, folders, now } = context;
  const models = await findServer(readRuntime(folders.data), 'models', signal);
  if (!models) throw serversDown();
  const pacer = createLinePacer();
  let meter = createRateMeter();
  let about = '';
  for await (const event of models.postEvents('/v1/pool/pull', { model: name }, { signal })) {
    const { status = '', completedBytes = null, totalBytes = null, error } = event as PullReport;
    if (error) throw CommandError.from(error);
    if (status !== about) meter = createRateMeter();
    about = status;
    const rate = completedBytes === null ? null : meter.update(now(), completedBytes);
    const left =
      rate !== null && rate > 0 && totalBytes !== null && completedBytes !== null ? totalBytes - completedBytes : null;
    const progress = { completedBytes, totalBytes, etaMs: left === null ? null : (left / rate!) * 1_000 };
    const line = `${name}: ${status}  ${renderProgress(progress, rate, printer.stderr.ansi ? 24 : 0)}`.trimEnd();
    if (printer.stderr.ansi) printer.phase(line);
    else if (pacer.isDue(now(), status, progressRatio(progress))) printer.note(line);
  }
  printer.phase('');
  if (printer.settings.json) printer.document({ schema: 'tale.models/1', pulled: name });
  else printer.line(`${name} is here`);
}
