import { log } from './log.js';

/** Somebody asked for this very port. */
const isFixed = process.env.TALE_PORT_FIXED === '1';

/**
 * Listens on the wanted port, or on a free one where another program has taken it since the supervisor looked. Clients find the
 * address in the runtime file.
 */
export async function onWantedPort<Listening>(
  port: number,
  listen: (port: number) => Promise<Listening>,
): Promise<Listening> {
  try {
    return await listen(port);
  } catch (error) {
    if (port === 0 || isFixed || !isTaken(error)) throw error;
    log.info({ port }, 'the wanted port is taken, a free one serves');
    return listen(0);
  }
}

function isTaken(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'EADDRINUSE' || code === 'port-taken';
}
