import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PathProxy extends AsyncDisposable {
  /** The address with the path. */
  readonly url: string;
}

/** Passes what is asked for under a path on to another server, without the path, as a reverse proxy does. */
export async function startPathProxy(target: string, path: string): Promise<PathProxy> {
  const proxy = createServer((incoming, response) => {
    const asked = incoming.url ?? '/';
    if (!asked.startsWith(`${path}/`)) {
      response.writeHead(418).end();
      return;
    }
    const { method, headers } = incoming;
    const passed = request(new URL(asked.slice(path.length), target), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    incoming.pipe(passed);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}${path}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => proxy.close(resolve));
      proxy.closeAllConnections();
      await closed;
    },
  };
}
