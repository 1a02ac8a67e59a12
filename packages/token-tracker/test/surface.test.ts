import { expect, it } from 'vitest';
import * as root from '../src/index.js';
import * as queries from '../src/queries/index.js';
import * as testing from '../src/testing/index.js';

it('the package exports these values', () => {
  expect(Object.keys(root).sort()).toEqual(['TokenTrackerError', 'createTokenTracker', 'migrateTokens']);
});

it('./queries exports these values', () => {
  expect(Object.keys(queries).sort()).toEqual([
    'TokenTrackerError',
    'callsScript',
    'readSqlite',
    'reportScript',
    'taskUsageScript',
    'taskUsagesScript',
  ]);
});

it('./testing exports these values', () => {
  expect(Object.keys(testing).sort()).toEqual(['fakeCallEnd', 'fakeCallStart', 'storeCases']);
});
