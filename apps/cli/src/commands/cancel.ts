import type { TaskView } from '@tale/protocol';
import type { CommandContext } from '../context.js';
import { liveSource } from '../gateway/live-source.js';
import { findServer, readRuntime, serversDown } from '../gateway/runtime.js';
import { resolveTask, shortId } from '../ids.js';

/** `tale cancel`: first all ids are matched, then all tasks are cancelled, so that a mistyped id cancels nothing. */
export async function cancel(
  context: CommandContext,
  ids: readonly string[],
  options: { readonly reason?: string },
): Promise<void> {
  const { printer } = context;
  const gateway = await findServer(readRuntime(context.folders.data), 'gateway');
  if (!gateway) throw serversDown();
  const source = liveSource(gateway);
  const wanted = new Map<string, TaskView>();
  for (const id of ids) {
    const task = await resolveTask(context, source, id);
    wanted.set(task.taskId, task);
  }
  const tasks: TaskView[] = [];
  for (const [taskId, before] of wanted) {
    const reason = options.reason === undefined ? {} : { reason: options.reason };
    const task = await gateway.call<TaskView>('cancel_task', { taskId, ...reason });
    tasks.push(task);
    const id = shortId(taskId);
    if (before.endedAt !== null) printer.line(`${id} had ended before: ${before.state}`);
    else printer.line(`${id} ${task.endedAt !== null ? task.state : 'is being cancelled'}`);
  }
  if (printer.settings.json) printer.document({ schema: 'tale.cancel/1', tasks });
}
