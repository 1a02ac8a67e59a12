import type { PoolEvent } from '../events.js';
import type { Clock, Logger } from '../types.js';
import { pause } from '../waiting/pause.js';
import type { Connection } from './connection.js';

const firstPauseMs = 100;
const longestPauseMs = 5_000;

/** What a subscription is made of. */
export interface SubscriptionOptions {
  /** Where the events come from. */
  readonly connection: Connection;
  /** Told every event. */
  readonly listener: (event: PoolEvent) => void;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Time. */
  readonly clock: Clock;
  /** Log lines. */
  readonly logger: Logger;
}

/** Listens until the signal is aborted; a stream that breaks is asked for again, after a pause that grows while nothing comes. */
export async function keepListening({
  connection,
  listener,
  signal,
  clock,
  logger,
}: SubscriptionOptions): Promise<void> {
  let pauseMs = firstPauseMs;
  const tell = (event: PoolEvent) => {
    try {
      listener(event);
    } catch (error) {
      logger.error({ error, event: event.type }, 'a listener of the pool failed');
    }
  };
  while (!signal.aborted) {
    try {
      await connection.listen('GET', '/v1/calls', null, signal, (_, data) => {
        pauseMs = firstPauseMs;
        tell(data as PoolEvent);
      });
    } catch (error) {
      if (!signal.aborted)
        logger.debug({ error, pauseMs }, 'the event stream of the model server broke; it is asked for again');
    }
    await pause(clock, pauseMs, signal).catch(() => {}); // an abort ends the loop
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  }
}
