import type { Route } from '../server/serve-http.js';
import { openEventStream } from '../server/sse.js';
import type { FileRecord } from './decision-record.js';
import type { Setup } from './setup.js';

/** How the first run goes on, for whoever waits for it. */
export function setupRoutes(setup: Setup, openPool: () => void, stopping: AbortSignal): Route[] {
  return [
    {
      method: 'GET',
      path: /^\/v1\/setup$/,
      async stream(_request, response) {
        const stream = openEventStream(response, stopping);
        const unfollow = setup.follow((event) => {
          stream.send(event.type, event);
          if (event.type !== 'setup-progress') stream.close();
        });
        stream.signal.addEventListener('abort', unfollow, { once: true });
      },
    },
    {
      method: 'POST',
      path: /^\/v1\/setup$/,
      answer() {
        setup.retry();
        openPool();
        return {};
      },
    },
  ];
}

/** Which models can be pulled; `null` where the server that fetches them has no list. */
export function pullableRoute(names: () => Promise<readonly string[] | null>): Route {
  return { method: 'GET', path: /^\/v1\/pullable$/, answer: async () => ({ names: await names() }) };
}

/** Why a call, or all calls of a task, went as they did; also those of before a restart. */
export function explainRoute(record: Pick<FileRecord, 'explain'>): Route {
  return {
    method: 'GET',
    path: /^\/v1\/calls\/([\w-]{1,200})$/,
    answer: ({ match }) => record.explain(match[1] as string),
  };
}
