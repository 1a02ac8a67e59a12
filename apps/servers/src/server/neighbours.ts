import type { RuntimeServer, SupervisorConnection } from '@tale/supervisor/child';
import { ServerError } from './server-error.js';

/** Where the other servers are, as the supervisor last said. */
export interface Neighbours {
  /** Addresses of all ready instances of a server. */
  all(name: string): readonly string[];
  /** Address of a server, now. @throws `servers-down` */
  one(name: string): string;
  /** Resolves with the address once the server is ready. */
  whenReady(name: string, signal: AbortSignal): Promise<string>;
}

export function neighboursOf(supervisor: SupervisorConnection): Neighbours {
  const all = (name: string) => supervisor.runtime.filter((server) => server.name === name).map(({ url }) => url);
  return {
    all,
    one(name) {
      const [url] = all(name);
      if (url !== undefined) return url;
      throw new ServerError('servers-down', `The server ${name} is not ready.`, {
        retryable: true,
        hint: 'tale servers status',
      });
    },
    whenReady: (name, signal) =>
      new Promise((resolve, reject) => {
        const look = (servers: readonly RuntimeServer[]) => {
          const url = servers.find((server) => server.name === name)?.url;
          if (url === undefined) return;
          end();
          resolve(url);
        };
        const onAbort = () => {
          end();
          reject(signal.reason);
        };
        const end = () => {
          supervisor.events.off('runtime', look);
          signal.removeEventListener('abort', onAbort);
        };
        supervisor.events.on('runtime', look);
        signal.addEventListener('abort', onAbort, { once: true });
        if (signal.aborted) onAbort();
        else look(supervisor.runtime);
      }),
  };
}
