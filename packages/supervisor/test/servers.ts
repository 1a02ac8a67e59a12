import { join } from 'node:path';
import { type TemporaryFolder, temporaryFolder, until } from '@tale/test-kit';
import { inject } from 'vitest';
import { systemClock } from '../src/clock.js';
import {
  type Clock,
  createSupervisor,
  type ServerSpec,
  type ServerStatus,
  type Supervisor,
  type SupervisorOptions,
} from '../src/index.js';
import { hasEnded } from '../src/process-table.js';
import { memoryLock, type TestBehaviour, testServer } from '../src/testing/index.js';

export const token = 'c0ffee'.padEnd(64, '0');

/** Timers run off ten times as fast; only for servers that never get ready, since beats keep their pace. */
export const hurriedClock: Clock = {
  ...systemClock,
  after: (delayMs, callback) => systemClock.after(delayMs / 10, callback),
};

/** `testServer` on the program that the global setup has bundled. */
export function server(
  name: string,
  behaviour: TestBehaviour = {},
  spec: Partial<Omit<ServerSpec, 'name'>> = {},
): ServerSpec {
  return testServer(name, behaviour, { file: join(inject('children'), 'test-server-main.mjs'), ...spec });
}

export interface Running extends AsyncDisposable {
  readonly supervisor: Supervisor;
  readonly folder: string;
  /** Every state that an instance went through, as `name instance state`. */
  readonly states: readonly string[];
}

/** A supervisor in a folder of its own. Disposing of it proves that none of its processes is left. */
export async function supervise(
  servers: readonly ServerSpec[],
  options: Partial<SupervisorOptions> = {},
  at?: TemporaryFolder,
): Promise<Running> {
  const folder = at ?? (await temporaryFolder());
  const supervisor = createSupervisor({
    servers,
    folder: folder.path,
    logFolder: join(folder.path, 'logs'),
    lock: memoryLock(),
    daemonId: 'daemon',
    token,
    ...options,
  });
  const states: string[] = [];
  const pids = new Set<number>();
  supervisor.events.on('server-state', ({ name, instance, state, pid }) => {
    const shown = `${name} ${instance} ${state}`;
    if (states.findLast((other) => other.startsWith(`${name} ${instance} `)) !== shown) states.push(shown);
    if (pid !== null) pids.add(pid);
  });
  return {
    supervisor,
    folder: folder.path,
    states,
    async [Symbol.asyncDispose]() {
      await supervisor.close();
      await until('all processes ended', () => [...pids].every(hasEnded));
      if (!at) await folder[Symbol.asyncDispose]();
    },
  };
}

/** The instance, `1` of `name` if no other is asked for. */
export function statusOf(supervisor: Supervisor, name: string, instance = 1): ServerStatus {
  const found = supervisor.status().find((status) => status.name === name && status.instance === instance);
  if (!found) throw new Error(`no ${name} ${instance}`);
  return found;
}

/** What a test server says about itself. */
export interface About {
  readonly pid: number;
  readonly nonce: string;
  readonly port: number;
  readonly servers: readonly { name: string; instance: number; url: string }[];
  readonly grandchild: number | null;
  readonly env: Readonly<Record<string, string>>;
  readonly arguments: readonly string[];
}

export async function about(url: string | null): Promise<About> {
  const response = await fetch(url ?? 'http://no-url', { headers: { connection: 'close' } });
  return (await response.json()) as About;
}

/** Makes a test server do something; see `testServer`. */
export async function act(status: ServerStatus, action: string): Promise<void> {
  await fetch(`${status.url}${action}`, { method: 'POST', headers: { connection: 'close' } });
}

export function urlOf(supervisor: Supervisor, name: string, instance = 1): string | null {
  return statusOf(supervisor, name, instance).url;
}
