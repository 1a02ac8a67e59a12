import { connectSupervisor, type SupervisorConnection } from '@tale/supervisor/child';
import { log } from './log.js';
import { readServerContext, type ServerContext } from './settings.js';

/** A composed server. */
export interface ComposedServer {
  /** Where it serves. */
  readonly url: string;
  /** Takes no new work, ends the running work within `drainMs`, frees everything. */
  stop(drainMs: number): Promise<void>;
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
    supervisor.onStop(({ drainMs }) => server.stop(drainMs));
    supervisor.ready({ url: server.url });
  } catch (error) {
    log.fatal({ error }, 'the server could not start');
    process.exit(exitCodeOf(error));
  }
}

/** 2 configuration, 3 data directory held, 4 port in use, 70 everything else. */
function exitCodeOf(error: unknown): number {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (code === 'EADDRINUSE' || code === 'port-taken') return 4;
  if (code === 'data-directory-locked' || code === 'locked') return 3;
  if (code === 'data-unsafe' || code === 'configuration' || code === 'unsafe-file') return 2;
  return 70;
}
