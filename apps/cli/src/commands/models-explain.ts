import type { Explanation } from '@tale/model-pool';
import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import { liveSource } from '../gateway/live-source.js';
import { findServer, readRuntime } from '../gateway/runtime.js';
import { resolveTask } from '../ids.js';
import { modelsServer } from '../models/pool-view.js';

/** `tale models explain <call|task>`: why this model answered, what was rejected, what was tried again. */
export async function explainCall(context: CommandContext, id: string): Promise<void> {
  const { printer } = context;
  if (!/^[\w-]{1,200}$/.test(id)) {
    throw new CommandError('usage', `${JSON.stringify(id)} is the id of no call and no task.`, {
      hint: 'tale list shows the ids of tasks; x-tale-call of an answer is that of its call',
    });
  }
  const models = await modelsServer(context);
  const explain = (known: string) => models.get<Explanation>(`/v1/calls/${encodeURIComponent(known)}`);
  let explanation = await explain(id);
  if (explanation.decisions.length === 0) explanation = await explain(await taskIdOf(context, id));
  if (explanation.decisions.length === 0) {
    throw new CommandError('not-found', `Nothing is remembered about ${id}.`, {
      hint: 'the newest 1,000 decisions are kept, until the models server restarts',
      details: { id },
    });
  }
  if (printer.settings.json) return printer.document({ schema: 'tale.explanation/1', ...explanation });
  for (const sentence of explanation.sentences) printer.line(sentence);
}

/** The task that the argument means, by its last characters too; an id that no task has stays as it is. */
async function taskIdOf(context: CommandContext, id: string): Promise<string> {
  const gateway = await findServer(readRuntime(context.folders.data), 'gateway');
  if (!gateway) return id;
  return (await resolveTask(context, liveSource(gateway), id)).taskId;
}
