import type { InstalledModel } from '@tale/model-pool';
import { expect, it } from 'vitest';
import { isSameModel, largestBeside, withContext } from '../../src/models/model-name.js';

const installed = (model: string, bytes: number): InstalledModel => ({
  model,
  digest: null,
  bytes,
  capabilities: ['completion'],
  kvBytesPerToken: 1_000,
  contextTokens: 8_192,
});
const all = [
  installed('small:1b', 1e8),
  installed('usual:1b', 5e8),
  installed('large:3b', 2e9),
  installed('huge:70b', 4e10),
];
const ux = { model: 'small:1b', contextTokens: 4_096 };
const usual = { model: 'usual:1b', contextTokens: 4_096 };

it('takes the largest model that somebody has fetched and that fits beside the small one', () => {
  expect(largestBeside(ux, usual, all, 8e9)).toEqual({ model: 'large:3b', contextTokens: 4_096 });
  expect(largestBeside(ux, usual, all, 1e11)).toEqual({ model: 'huge:70b', contextTokens: 4_096 });
  expect(largestBeside(ux, usual, all, 1.5e9)).toBe(usual);
  expect(largestBeside(ux, usual, [], 8e9)).toBe(usual);
});

it('takes a missing tag for latest', () => {
  expect(isSameModel('a', 'a:latest')).toBe(true);
  expect(isSameModel('a:1b', 'a')).toBe(false);
});

it('gives a model no larger context than it was made for', () => {
  expect(withContext('a', { ...installed('a', 1), contextTokens: 512 }).contextTokens).toBe(512);
  expect(withContext('a', undefined).contextTokens).toBe(4_096);
});
