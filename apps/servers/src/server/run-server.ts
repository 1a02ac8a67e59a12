import { connectSupervisor, type StopRequest, type SupervisorConnection } from '@tale/supervisor/child';
import { exitCodeOf } from './exit-code.js';
import { log } from './log.js';
import { readServerContext, type ServerContext } from './settings.js';

/** A composed server. */
export interface ComposedServer {
  /** Where it serves. */
  readonly url: string;
  /** Takes no new work, ends the running work within `drainMs` or when `signal` cuts that short, frees everything. */
  stop(request: StopRequest): Promise<void>;
}

export type Compose = (context: ServerContext, supervisor: SupervisorConnection) => Promise<ComposedServer>;

/** The life of a server process: connect, compose, serve, stop. Its exit code says why it could not. */
export async function runServer(compose: Compose): Promise<void> {
  process.umask(0o077); // whatever a library makes is for this user alone
  process.on('uncaughtException', (error) => {
    log.fatal({ error }, 'uncaught exception');
    process.exit(70);
  });
  const supervisor = await connectSupervisor();
  process.title = `tale-${supervisor.server}`;
  try {
    const server = await compose(readServerContext(), supervisor);
    supervisor.onStop((request) => server.stop(request));
    supervisor.ready({ url: server.url });
  } catch (error) {
    log.fatal({ error }, 'the server could not start');
    process.exit(exitCodeOf(error));
  }
}
