import { randomUUID } from 'node:crypto';
import type { RuntimeServer, Supervisor } from '@tale/supervisor';
import { type HttpServer, type Route, serveHttp } from '../server/serve-http.js';
import { ServerError } from '../server/server-error.js';

export interface ControlOptions {
  readonly supervisor: () => Supervisor;
  readonly token: string;
  readonly daemonId: string;
  /** Ends everything, this process last. */
  readonly stop: () => void;
}

export interface Control {
  /** The supervisor's own line in the runtime file. */
  readonly entry: RuntimeServer;
  close(): Promise<void>;
}

/** The supervisor's door: what runs, restart, stop. */
export async function startControl({ supervisor, token, daemonId, stop }: ControlOptions): Promise<Control> {
  const nonce = randomUUID();
  const routes: Route[] = [
    {
      method: 'GET',
      path: /^\/v1\/servers$/,
      answer: () => ({ daemonId, servers: supervisor().status() }),
    },
    {
      method: 'POST',
      path: /^\/v1\/servers\/restart$/,
      async answer({ body }) {
        const name = nameIn(body);
        if (
          name !== undefined &&
          !supervisor()
            .status()
            .some((server) => server.name === name)
        ) {
          const names = [
            ...new Set(
              supervisor()
                .status()
                .map((server) => server.name),
            ),
          ];
          throw new ServerError('not-found', `There is no server ${JSON.stringify(name)}.`, {
            hint: `One of: ${names.join(', ')}`,
          });
        }
        return { restarted: await supervisor().restart(name) };
      },
    },
    {
      method: 'POST',
      path: /^\/v1\/servers\/stop$/,
      answer() {
        setImmediate(stop);
        return { stopping: true };
      },
    },
  ];
  const server: HttpServer = await serveHttp({ name: 'supervisor', instance: 1, nonce, token, port: 0, routes });
  return {
    entry: { name: 'supervisor', instance: 1, url: server.url, pid: process.pid, nonce },
    close: () => server.close({ drainMs: 500 }),
  };
}

function nameIn(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('name' in body)) return undefined;
  if (typeof body.name !== 'string') throw new ServerError('invalid-request', 'name must be a string.');
  return body.name;
}
