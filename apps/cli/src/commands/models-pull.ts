import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import { exitCodes } from '../exit-codes.js';
import { findServer, readRuntime, serversDown } from '../gateway/runtime.js';
import type { WireEvent } from '../gateway/server-client.js';
import { callFailure } from '../models/call-failure.js';
import { nearNames } from '../models/near-names.js';
import { modelsServer } from '../models/pool-view.js';
import type { Printer } from '../printer.js';
import { createLinePacer, createRateMeter, progressRatio, renderProgress } from '../render/progress.js';
import { withInterrupt } from '../terminal/interrupt.js';

/** `tale models pull <name>`: fetches a model; interrupted, what was fetched stays for the next time. */
export async function pullModel(context: CommandContext, name: string): Promise<void> {
  if (!isModelName(name)) {
    throw new CommandError('usage', `${JSON.stringify(name)} cannot be the name of a model.`, {
      hint: 'tale models pull qwen2.5:0.5b',
      details: { model: name },
    });
  }
  await withInterrupt((signal) => pull(context, name, signal)).catch(async (error: unknown) => {
    throw (await asMissing(context, name, error)) ?? asUsage(error);
  });
}

/** Whether some server could know a model by this name; which ones there are is for the server to say. */
function isModelName(name: string): boolean {
  return /^[a-z0-9][\w.+@/:-]{0,254}$/i.test(name) && !/[:/]$|\.\.|\/\//.test(name);
}

/** A name that the server rejects was given wrongly. */
function asUsage(error: unknown): unknown {
  if (!(error instanceof CommandError) || error.envelope.code !== 'rejected') return error;
  return CommandError.from(error.envelope, { exitCode: exitCodes.usage });
}

/** A name that nobody knows is not found; `null` = the failure is another one. */
async function asMissing(context: CommandContext, name: string, error: unknown): Promise<CommandError | null> {
  if (!(error instanceof CommandError) || error.envelope.code !== 'model-missing') return null;
  const names = await pullableNames(context).catch(() => null);
  const near = nearNames(name, names ?? []);
  const meant = near.length === 0 ? '' : `did you mean ${near.join(' or ')}? `;
  const hint =
    names === null
      ? 'the names that Ollama knows are on https://ollama.com/library; tale models list shows what is here'
      : `${meant}there are: ${names.join(', ')}`;
  return new CommandError('model-missing', `No model called ${name} can be fetched.`, {
    ...error.envelope,
    hint,
    cause: error,
    details: { ...error.envelope.details, model: name, names },
    exitCode: exitCodes.notFound,
  });
}

async function pullableNames(context: CommandContext): Promise<readonly string[] | null> {
  const models = await modelsServer(context);
  return (await models.get<{ readonly names: readonly string[] | null }>('/v1/pullable')).names;
}

async function pull({ printer, folders, now }: CommandContext, name: string, signal: AbortSignal): Promise<void> {
  const models = await findServer(readRuntime(folders.data), 'models', signal);
  if (!models) throw serversDown();
  const show = createPullView(printer, name, now);
  let isDone = false;
  for await (const event of models.postEvents('/v1/pool/pull', { model: name }, { signal })) {
    if (event.type === 'request-error') throw callFailure(event);
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
  const meters = new Map<string, ReturnType<typeof createRateMeter>>();
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
    const meter = meters.get(status) ?? createRateMeter();
    meters.set(status, meter);
    const rate = completedBytes === null ? null : meter.update(now(), completedBytes);
    const etaMs = rate && totalBytes !== null ? ((totalBytes - (completedBytes ?? 0)) / rate) * 1_000 : null;
    const progress = { completedBytes, totalBytes, etaMs };
    const line = `${name}: ${status}  ${renderProgress(progress, rate, printer.stderr.ansi ? 24 : 0)}`.trimEnd();
    if (printer.stderr.ansi) printer.phase(line);
    else if (pacer.isDue(now(), status, progressRatio(progress))) printer.note(line);
  };
}
