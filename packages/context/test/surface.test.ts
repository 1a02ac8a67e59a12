import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import * as main from '../src/index.js';
import * as testing from '../src/testing/index.js';

it('exports exactly these names', () => {
  expect(Object.keys(main).sort()).toEqual(['ContextError', 'ContextReportSchema', 'createContext', 'migrateContext']);
  expect(Object.keys(testing).sort()).toEqual(['fakeModel', 'manualClock', 'scanFiles', 'storeCases']);
});

it('has a source for each key of exports', async () => {
  const { exports } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  expect(Object.keys(exports)).toEqual(['.', './testing', './package.json']);
});
