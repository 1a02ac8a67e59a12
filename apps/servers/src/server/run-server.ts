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
    log.fatal({ error }, describeFailedStart(error));
    process.exit(exitCodeOf(error));
  }
}

/** How the line begins by which a server says why it could not start; the supervisor looks for it. */
export const couldNotStart = 'could not start: ';

/** That line: the reason, and what to do after a middle dot. */
export function describeFailedStart(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof Error && 'hint' in error && typeof error.hint === 'string' ? ` · ${error.hint}` : '';
  return `${couldNotStart}${message}${hint}`;
}
