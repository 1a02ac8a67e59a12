import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { promises } from './promises.js';

const folder = import.meta.dirname;
const files = readdirSync(folder).filter((name) => name.endsWith('.test.ts') && name !== 'promises.test.ts');
/** Names of all tests, with their file. */
const names = files.flatMap((file) => {
  const text = readFileSync(join(folder, file), 'utf8');
  return [...text.matchAll(/^\s*it(?:\.\w+\([^)]*\))?\(\s*(['"`])(.+?)\1/gm)].map((match) => ({
    file,
    name: match[2] as string,
  }));
});
const cited = (name: string) => /^((?:E2E-[A-Z]+-\d+ )*)/.exec(name)?.[1]?.trim().split(' ').filter(Boolean) ?? [];

it('has a test for each promise, and a promise for each test', () => {
  expect(names.length).toBeGreaterThan(files.length);
  expect(names.filter(({ name }) => cited(name).length === 0)).toEqual([]);
  const known = promises.map(({ id }) => id);
  const all = new Set(names.flatMap(({ name }) => cited(name)));
  expect(
    known.filter((id) => !all.has(id)),
    'promises without a test',
  ).toEqual([]);
  expect(
    [...all].filter((id) => !known.includes(id)),
    'cited, but not in the manifest',
  ).toEqual([]);
  expect(
    known.filter((id, at) => known.indexOf(id) !== at),
    'twice in the manifest',
  ).toEqual([]);
});
