import type { CommandContext } from '../context.js';
import { withSource } from '../gateway/open-source.js';
import { resolveTask, taskNotFound } from '../ids.js';
import { describeTask } from '../render/task.js';
import { printOverview } from './status-overview.js';

/** `tale status [id]`: everything on one screen, or one task. */
export async function status(context: CommandContext, id: string | undefined): Promise<void> {
  const { printer } = context;
  if (id === undefined) return printOverview(context);
  await withSource(context, async (source) => {
    const { taskId } = await resolveTask(context, source, id);
    const task = await source.task(taskId);
    if (!task) throw taskNotFound(taskId);
    if (printer.settings.json) return printer.document({ schema: 'tale.status/1', ...task });
    for (const line of describeTask(task, context.now())) printer.line(...line);
  });
}
