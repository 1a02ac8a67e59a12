import { temporaryDatabase } from '@tale/test-kit';
import { CompiledQuery } from 'kysely';
import { describe, expect, it } from 'vitest';
import { ownTransactions } from '../../../src/backends/sqlite/own-transactions.js';
import type { Database } from '../../../src/index.js';

const insert = (trx: Database) => trx.executeQuery(CompiledQuery.raw("insert into note values ('a')"));

describe('the default writer', () => {
  it('answers after COMMIT', async () => {
    await using database = await temporaryDatabase();
    database.sqlite.exec('create table note (text text)');
    const other = database.open();
    await ownTransactions(database.kysely).submit(insert);
    expect(other.sqlite.prepare('select count(*) as count from note').get()).toEqual({ count: 1 });
  });

  it('stores nothing of a write that rejects', async () => {
    await using database = await temporaryDatabase();
    database.sqlite.exec('create table note (text text)');
    const writer = ownTransactions(database.kysely);
    const refused = writer.submit(async (trx) => {
      await insert(trx);
      throw new Error('no');
    });
    await expect(refused).rejects.toThrow('no');
    await writer.submit(insert);
    expect(database.sqlite.prepare('select count(*) as count from note').get()).toEqual({ count: 1 });
  });

  it('waits for another writer, and gives up with a retryable error', async () => {
    await using database = await temporaryDatabase();
    database.sqlite.exec('create table note (text text)');
    database.sqlite.pragma('busy_timeout = 1');
    const other = database.open();
    other.sqlite.exec('begin immediate');
    const writer = ownTransactions(database.kysely, () => 0.1);
    await expect(writer.submit(insert)).rejects.toMatchObject({ code: 'storage-busy', retryable: true });
    const waiting = writer.submit(insert);
    other.sqlite.exec('commit');
    await waiting;
  });

  it('passes other errors on', async () => {
    await using database = await temporaryDatabase();
    await expect(ownTransactions(database.kysely).submit(insert)).rejects.toMatchObject({ code: 'SQLITE_ERROR' });
    database.sqlite.close();
    await expect(ownTransactions(database.kysely).submit(insert)).rejects.toThrow('not open');
  });
});
