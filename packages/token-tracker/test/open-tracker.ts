import { type ManualClock, manualClock, type TemporaryDatabase, temporaryDatabase } from '@tale/test-kit';
import {
  type Clock,
  createTokenTracker,
  migrateTokens,
  type TokenTracker,
  type TokenTrackerOptions,
} from '../src/index.js';

/** A manual clock whose monotonic side moves with its wall side. */
export function trackerClock(manual: ManualClock = manualClock()): Clock & ManualClock {
  return { ...manual, monotonic: () => manual.now() - 1_000_000_000_000 };
}

export interface OpenTracker extends AsyncDisposable {
  readonly database: TemporaryDatabase<Record<string, never>>;
  readonly tracker: TokenTracker;
}

/** A migrated database with a tracker on its better-sqlite3 handle. */
export async function openTracker(options: Partial<TokenTrackerOptions> = {}): Promise<OpenTracker> {
  const database = await temporaryDatabase<Record<string, never>>();
  await migrateTokens(database.kysely);
  const tracker = createTokenTracker({ kysely: database.kysely, sqlite: database.sqlite, ...options });
  return {
    database,
    tracker,
    async [Symbol.asyncDispose]() {
      await tracker.close();
      await database[Symbol.asyncDispose]();
    },
  };
}
