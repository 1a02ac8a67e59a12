import type { IncomingMessage, ServerResponse } from 'node:http';
import { toWireInstants } from '@tale/protocol';
import type { Tasks } from '@tale/tasks';
import { openEventStream } from '../server/sse.js';
import { toEnvelope } from '../server/to-envelope.js';
import type { CallFeed } from './call-feed.js';
import { taskNotFound } from './task-not-found.js';

export interface EventStreamPorts {
  readonly tasks: Tasks;
  readonly feed: CallFeed;
  /** Aborted when the gateway stops. */
  readonly stopping: AbortSignal;
}

/**
 * `GET /v1/events?after=&task=`: the events of tasks with `id: seq`, and of their calls without id. A client that was cut off goes on
 * after the last id it saw; of running calls it gets a snapshot.
 */
export function createEventStream({ tasks, feed, stopping }: EventStreamPorts) {
  return async (request: IncomingMessage, response: ServerResponse, query: URLSearchParams): Promise<void> => {
    const taskId = query.get('task');
    if (taskId !== null && !(await tasks.get(taskId))) throw taskNotFound(taskId);
    const stream = openEventStream(response, stopping);
    const unfollow = feed.follow(taskId, (event) => stream.send(event.type, toWireInstants(event)));
    try {
      const after = resumePoint(request, query);
      const events = tasks.events({ after, signal: stream.signal, ...(taskId === null ? {} : { taskId }) });
      for await (const event of events) stream.send(event.type, toWireInstants(event), String(event.seq));
    } catch (error) {
      if (!stream.signal.aborted) stream.send('error', { error: toEnvelope(error, 'gateway') });
    } finally {
      unfollow();
      stream.close();
    }
  };
}

/** The last event that the client has seen; 0 for one that has seen none. */
function resumePoint(request: IncomingMessage, query: URLSearchParams): number {
  const text = request.headers['last-event-id'] ?? query.get('after');
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : 0;
}
