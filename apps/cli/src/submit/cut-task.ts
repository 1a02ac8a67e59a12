import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskView } from '@tale/protocol';
import type { GatewayLink } from '../gateway/gateway-link.js';

const patienceMs = 5_000;
const pollMs = 100;

/** Cancels a task and resolves with what became of it, or `null` if nobody can say within 5 s. Never rejects. */
export async function cutTask(link: GatewayLink, taskId: string, reason: string): Promise<TaskView | null> {
  const signal = AbortSignal.timeout(patienceMs);
  let task: TaskView | null = null;
  try {
    const gateway = await link.connect();
    if (!gateway) return null;
    task = await gateway.call<TaskView>('cancel_task', { taskId, reason }, { signal });
    // A running task ends when its server has stopped the call; what was written by then is its result.
    while (task.endedAt === null) {
      await sleep(pollMs, undefined, { signal });
      task = await gateway.get<TaskView>(`/v1/tasks/${encodeURIComponent(taskId)}`, { signal });
    }
    return task;
  } catch {
    return task;
  }
}
