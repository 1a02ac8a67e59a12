import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGuard, createGuardedHttpServer, type GuardOptions, type GuardPass } from '../../src/guard/index.js';
import { type RawRequest, rawRequest } from './raw-request.js';
import { token } from './serve.js';

/** An app's own route behind a guard. */
export interface Guarded extends AsyncDisposable {
  readonly port: number;
  readonly passes: GuardPass[];
  send(request: Partial<RawRequest>): ReturnType<typeof rawRequest>;
}

type Handler = (request: IncomingMessage, response: ServerResponse, pass: GuardPass) => unknown;

/** Serves a route behind a guard on a free port. */
export async function guarded(
  options: Partial<GuardOptions> = {},
  handler: Handler = (_request, response) => response.end('ok'),
): Promise<Guarded> {
  const guard = createGuard({ tokens: token, ...options });
  const passes: GuardPass[] = [];
  const server: Server = createGuardedHttpServer(async (request, response) => {
    const pass = await guard(request, response);
    if (!pass) return;
    passes.push(pass);
    await handler(request, response, pass);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    passes,
    send: (request) => rawRequest({ port, path: '/v1/things', ...request }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
