import { createServer } from 'node:net';
import type { WantedPort } from './types.js';

/** Hands out ports on 127.0.0.1, never one to two owners. */
export interface PortBook {
  /**
   * A free port for `owner`: the one it had last, else `wanted`, else with `fallback` the next free one that no other server
   * wants. `null` if there is none. `skip` is a port that turned out to be taken. The port stays the owner's until `release`.
   */
  take(owner: string, port: Omit<WantedPort, 'more'>, skip: number | null): Promise<number | null>;
  /** Gives the owner's port back. */
  release(owner: string): void;
}

/** What the instance, counted from 1, asks the book for. */
export function portOfInstance({ wanted, more, fallback }: WantedPort, instance: number): Omit<WantedPort, 'more'> {
  const own = instance === 1 || more === undefined ? wanted : more + instance - 2;
  return { wanted: own, fallback };
}

/** All ports that some instance wants by number. */
export function wantedPorts(port: WantedPort | null, instances: number): readonly number[] {
  if (port === null) return [];
  const all = Array.from({ length: instances }, (_, index) => portOfInstance(port, index + 1).wanted);
  return all.filter((wanted) => wanted !== 0);
}

/** `reserved`: ports that a fallback must not take, since some server wants them. */
export function createPortBook(reserved: ReadonlySet<number>, probe = isFree): PortBook {
  const portOf = new Map<string, number>();
  const held = new Set<number>();

  /** Held before it is probed, so that two owners who look at the same time do not both find it free. */
  const claim = async (port: number) => {
    if (port > 65_535 || held.has(port)) return false;
    held.add(port);
    if (await probe(port)) return true;
    held.delete(port);
    return false;
  };
  const claimAny = async () => {
    const port = await anyFreePort();
    return port !== null && !held.has(port) && held.add(port) ? port : null;
  };

  return {
    async take(owner, { wanted, fallback }, skip) {
      const last = portOf.get(owner);
      if (last !== undefined) {
        held.delete(last);
        portOf.delete(owner);
        if (last !== skip && (await claim(last))) {
          portOf.set(owner, last);
          return last;
        }
      }
      let found: number | null = null;
      if (wanted === 0) found = await claimAny();
      else if (wanted !== skip && (await claim(wanted))) found = wanted;
      for (let port = wanted + 1; found === null && wanted > 0 && fallback && port <= 65_535; port++) {
        if (port !== skip && !reserved.has(port) && (await claim(port))) found = port;
      }
      if (found !== null) portOf.set(owner, found);
      return found;
    },
    release(owner) {
      const port = portOf.get(owner);
      if (port !== undefined) held.delete(port);
      portOf.delete(owner);
    },
  };
}

function listenOnce(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : null));
    });
  });
}

async function isFree(port: number): Promise<boolean> {
  return (await listenOnce(port)) !== null;
}

function anyFreePort(): Promise<number | null> {
  return listenOnce(0);
}
