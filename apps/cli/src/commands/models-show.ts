import type { BackendStatus, InstalledModel, ModelStatus } from '@tale/model-pool';
import type { CommandContext } from '../context.js';
import { formatDuration } from '../duration.js';
import { findModel, printFacts, readPool } from '../models/pool-view.js';
import { formatBytes, formatCount, orUnknown } from '../render/numbers.js';

/** `tale models show <name>`: everything about one model. */
export async function showModel(context: CommandContext, name: string): Promise<void> {
  const pool = await readPool(context);
  const model = findModel(pool, name);
  const backend = pool.backends.find((each) => each.name === model.backend) ?? null;
  const installed = backend?.installed.find((each) => each.model === model.model) ?? null;
  if (context.printer.settings.json) return context.printer.document({ schema: 'tale.model/1', ...model, installed });
  printFacts(context, describeModel(model, backend, installed));
}

function describeModel(
  model: ModelStatus,
  backend: BackendStatus | null,
  installed: InstalledModel | null,
): (readonly [string, string])[] {
  const rate = (value: number) => `${value.toFixed(1)} tokens/s`;
  const facts: (readonly [string, string] | null)[] = [
    ['model', model.model],
    ['name', model.name],
    ['roles', model.roles.join(', ') || 'none'],
    ['backend', backend === null ? model.backend : `${backend.name} (${backend.kind}, ${backend.url})`],
    ['state', `${model.state} for ${formatDuration(model.sinceMs)}`],
    ['kept', model.resident === 'always' ? 'always' : 'on demand'],
    ['health', model.health],
    ['digest', model.digest ?? '?'],
    ['files', installed === null || installed.bytes === 0 ? '?' : formatBytes(installed.bytes)],
    ['can', installed?.capabilities?.join(', ') ?? '?'],
    ['context', `${formatCount(model.contextTokens)} tokens`],
    ['longest answer', `${formatCount(model.maxOutputTokens)} tokens`],
    ['memory held', orUnknown(model.memoryBytes, formatBytes)],
    ['memory needed', orUnknown(model.needBytes, formatBytes)],
    ['load', `${orUnknown(model.loadMs, formatDuration)}, p95 ${orUnknown(model.loadP95Ms, formatDuration)}`],
    ['writes', orUnknown(model.tokensPerSecond, rate)],
    ['reads', orUnknown(model.prefillTokensPerSecond, rate)],
    ['first token', orUnknown(model.firstTokenMs, formatDuration)],
    ['out of residency', formatDuration(model.residencyLostMs)],
    model.heldBackBy === null ? null : ['held back by', model.heldBackBy],
    model.drift.adoptedContextTokens === null
      ? null
      : ['drift', `another client runs it with ${formatCount(model.drift.adoptedContextTokens)} tokens of context`],
    model.drift.staleDigest === null ? null : ['drift', 'newer files are installed than those in memory'],
    model.drift.tooSlowFor.length === 0 ? null : ['too slow for', model.drift.tooSlowFor.join(', ')],
    model.error === null ? null : ['last error', model.error],
  ];
  return facts.filter((fact) => fact !== null);
}
