import type { Route } from '../server/serve-http.js';
import { openEventStream } from '../server/sse.js';
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
