import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskView } from '@tale/protocol';
import { CommandError } from '../command-error.js';
import type { GatewayLink } from '../gateway/gateway-link.js';
import { serversDown } from '../gateway/runtime.js';
import { shortId } from '../ids.js';

const tries = 20;

/** A task whose state is known to have changed; a gateway that is away for a moment still owes it. */
export async function readResult(link: GatewayLink, taskId: string, retryMs = 500): Promise<TaskView> {
  for (let attempt = 1; ; attempt++) {
    try {
      const gateway = await link.connect();
      if (!gateway) throw serversDown();
      return await gateway.get<TaskView>(`/v1/tasks/${encodeURIComponent(taskId)}`);
    } catch (error) {
      if (!(error instanceof CommandError) || !error.envelope.retryable) throw error;
      if (attempt === tries) {
        throw new CommandError('connection-lost', 'The gateway went away before it gave the result.', {
          cause: error,
          retryable: true,
          hint: `tale status ${shortId(taskId)}`,
          details: { taskId },
        });
      }
    }
    link.forget();
    await sleep(retryMs);
  }
}
