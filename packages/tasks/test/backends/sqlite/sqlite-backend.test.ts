import { temporaryDatabase } from '@tale/test-kit';
import { describe, it } from 'vitest';
import { type Database, migrateTasks, sqliteBackend, type Writer } from '../../../src/index.js';
import { type BackendUnderTest, backendCases, createNudgeHub } from '../../../src/testing/index.js';
import { groupWriter } from '../../support/group-writer.js';

async function create(options: { writer?: (kysely: Database) => Writer; nudges?: boolean }): Promise<BackendUnderTest> {
  const database = await temporaryDatabase();
  await migrateTasks(database.kysely);
  let nowMs = 1_800_000_000_000;
  let leaseNowMs = 5_000;
  const hub = createNudgeHub();
  const open = (kysely: Database) =>
    sqliteBackend({
      kysely,
      writer: options.writer?.(kysely),
      nudge: options.nudges ? hub.port() : undefined,
      clock: { now: () => nowMs },
      leaseClock: { bootId: 'boot-1', now: () => leaseNowMs },
      daemonId: 'daemon-1',
    });
  const backend = open(database.kysely);
  const second = open(database.open().kysely);
  return {
    backend,
    second,
    now: () => nowMs,
    advance(ms) {
      nowMs += ms;
      leaseNowMs += ms;
    },
    async [Symbol.asyncDispose]() {
      await backend.close();
      await second.close();
      await database[Symbol.asyncDispose]();
    },
  };
}

describe('the SQLite backend with a transaction for each write', () => {
  for (const { name, run } of backendCases) it(name, () => run(() => create({})));
});

describe('the SQLite backend with a writer that commits in groups, and nudges', () => {
  for (const { name, run } of backendCases) it(name, () => run(() => create({ writer: groupWriter, nudges: true })));
});
