import { expect, it } from 'vitest';
import { suggest } from '../src/suggest.js';

it.each([
  ['prot', ['host', 'port'], 'port'],
  ['Port', ['port'], 'port'],
  ['maxJob', ['maxJobs', 'maxRuns'], 'maxJobs'],
  ['model', ['planning', 'ux'], null],
  ['ab', ['cd'], null],
  ['x', [], null],
])('of %j in %j it takes %j', (wrong, words, expected) => {
  expect(suggest(wrong, words)).toBe(expected);
});
