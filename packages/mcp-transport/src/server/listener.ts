import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { McpTransportError } from '../errors.js';
import type { ListenAddress, ListenOptions } from './server-types.js';

/** The own port of a server. */
export interface Listener {
  listen(where?: ListenOptions): Promise<ListenAddress>;
  /** Takes no new connections; those in use go on. */
  stop(): void;
  /** Ends all connections. */
  close(): Promise<void>;
}

const loopback = /^(127\.\d+\.\d+\.\d+|localhost|::1)$/;

/** Puts a server on a port when it is told to. */
export function createListener(server: Server): Listener {
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= new Promise((resolve) => {
      server.close(() => resolve()); // an error says that it never listened
    });
    return stopped;
  };
  return {
    async listen({ host = '127.0.0.1', port = 0 } = {}) {
      if (stopped) throw new McpTransportError('closed', 'the server is closed');
      if (!loopback.test(host)) {
        throw new McpTransportError('forbidden', `without TLS a server listens on a loopback address, not on ${host}`);
      }
      await new Promise<void>((resolve, reject) => {
        const onError = (cause: Error) =>
          reject(new McpTransportError('connect', `cannot listen on ${host}:${port}: ${cause.message}`, { cause }));
        server.once('error', onError);
        server.listen(port, host, () => {
          server.off('error', onError);
          resolve();
        });
      });
      const address = server.address() as AddressInfo;
      const name = address.family === 'IPv6' ? `[${address.address}]` : address.address;
      return { url: `http://${name}:${address.port}`, port: address.port };
    },
    stop: () => void stop(),
    async close() {
      const ended = stop();
      server.closeAllConnections();
      await ended;
    },
  };
}
