import { EventEmitter } from 'node:events';
import { checkThreadId } from './checkpoint-id.js';
import { ownTransactions } from './store/own-transactions.js';
import { openThread } from './thread.js';
import type { CheckpointEvents, Checkpoints, CheckpointsOptions, Clock } from './types.js';

const mebibyte = 1_048_576;
const systemClock: Clock = { now: () => Date.now() };

/**
 * Opens a store of checkpoints in the caller's database, whose tables `migrateCheckpoints` makes. It holds nothing open itself: the
 * caller closes the database.
 */
export function createCheckpoints(options: CheckpointsOptions): Checkpoints {
  const { kysely, writer = ownTransactions(kysely), clock = systemClock, limits = {} } = options;
  const events = new EventEmitter<CheckpointEvents>();
  const context = {
    db: kysely,
    writer,
    clock,
    limits: {
      valueBytes: limits.valueBytes ?? 16 * mebibyte,
      stepBytes: limits.stepBytes ?? 32 * mebibyte,
      stateBytes: limits.stateBytes ?? 256 * mebibyte,
    },
    events,
  };
  return {
    events,
    thread(id) {
      checkThreadId(id);
      return openThread(id, context);
    },
  };
}
