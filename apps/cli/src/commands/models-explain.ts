import type { Explanation } from '@tale/model-pool';
import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import { formatDuration } from '../duration.js';
import { liveSource } from '../gateway/live-source.js';
import { findServer, readRuntime } from '../gateway/runtime.js';
import { resolveTask } from '../ids.js';
import { formatInstant } from '../instant.js';
import { modelsServer } from '../models/pool-view.js';

/** What the models server says, with how far back it knows. */
interface KeptExplanation extends Explanation {
  readonly kept: { readonly maxAgeMs: number; readonly maxEntries: number; readonly sinceMs: number | null };
}

/** `tale models explain <call|task>`: why this model answered, what was rejected, what was tried again. */
export async function explainCall(context: CommandContext, id: string): Promise<void> {
  const { printer } = context;
  if (!/^[\w-]{1,200}$/.test(id)) {
    throw new CommandError('usage', `${JSON.stringify(id)} is the id of no call and no task.`, {
      hint: 'tale list shows the ids of tasks; x-tale-call of an answer is that of its call',
    });
  }
  const models = await modelsServer(context);
  const explain = (known: string) => models.get<KeptExplanation>(`/v1/calls/${encodeURIComponent(known)}`);
  let explanation = await explain(id);
  if (explanation.sentences.length === 0) explanation = await explain(await taskIdOf(context, id));
  if (explanation.sentences.length === 0) {
    const { kept } = explanation;
    throw new CommandError('not-found', `Nothing is known about ${id}: ${describeKept(kept, context.now())}.`, {
      hint: 'tale list shows the ids of tasks; x-tale-call of an answer is that of its call',
      details: { id, ...kept },
    });
  }
  const { kept: _, ...told } = explanation;
  if (printer.settings.json) return printer.document({ schema: 'tale.explanation/1', ...told });
  for (const sentence of explanation.sentences) printer.line(sentence);
}

function describeKept({ maxAgeMs, maxEntries, sinceMs }: KeptExplanation['kept'], nowMs: number): string {
  const bound = `decisions are kept for ${formatDuration(maxAgeMs)}, at least the newest ${maxEntries.toLocaleString('en')}`;
  return sinceMs === null
    ? `${bound}; there are none yet`
    : `${bound}; the oldest is of ${formatInstant(sinceMs, nowMs)}`;
}

/** The task that the argument means, by its last characters too; an id that no task has stays as it is. */
async function taskIdOf(context: CommandContext, id: string): Promise<string> {
  const gateway = await findServer(readRuntime(context.folders.data), 'gateway');
  if (!gateway) return id;
  return (await resolveTask(context, liveSource(gateway), id)).taskId;
}
