import assert from 'node:assert/strict';
import type { LedgerPort } from '../types.js';

/** One case that every {@link LedgerPort} passes. */
export interface LedgerCase {
  /** What it shows. */
  readonly name: string;
  /** Runs it against an empty ledger of its own. */
  readonly run: (ledger: LedgerPort) => Promise<void>;
}

const key = { principal: 'owner', tool: 'submit', key: '01K' };
const record = { argumentsHash: 'ab', result: '{"content":[]}', storedAtMs: Date.now() };

/** Cases for ledgers, for any test runner. */
export const ledgerCases: readonly LedgerCase[] = [
  {
    name: 'an unknown key has no record',
    run: async (ledger) => assert.equal(await ledger.read(key), null),
  },
  {
    name: 'a record is read back as it was written',
    run: async (ledger) => {
      await ledger.write(key, record);
      assert.deepEqual({ ...(await ledger.read(key)) }, record);
    },
  },
  {
    name: 'principals, tools and keys are apart',
    run: async (ledger) => {
      await ledger.write(key, record);
      for (const other of [{ principal: 'guest' }, { tool: 'cancel' }, { key: '01L' }]) {
        assert.equal(await ledger.read({ ...key, ...other }), null);
      }
    },
  },
  {
    name: 'the parts of a key do not run into each other',
    run: async (ledger) => {
      await ledger.write({ principal: 'a', tool: 'b","c', key: 'd' }, record);
      assert.equal(await ledger.read({ principal: 'a', tool: 'b', key: 'c","d' }), null);
    },
  },
  {
    name: 'the last write of a key counts',
    run: async (ledger) => {
      await ledger.write(key, record);
      await ledger.write(key, { ...record, result: '{"content":[1]}' });
      assert.equal((await ledger.read(key))?.result, '{"content":[1]}');
    },
  },
];
