import { expect, it } from 'vitest';
import { nearNames } from '../../src/models/near-names.js';

const known = ['smollm2:135m', 'qwen2.5:0.5b', 'qwen2.5:1.5b', 'qwen2.5-coder:0.5b', 'qwen3:8b'];

it.each([
  ['qwen2.5', ['qwen2.5:0.5b', 'qwen2.5:1.5b', 'qwen2.5-coder:0.5b']],
  ['coder', ['qwen2.5-coder:0.5b']],
  ['Qwen3-8B', ['qwen3:8b']],
  ['qwen3:14b', ['qwen3:8b']],
  ['smolm', ['smollm2:135m']],
  ['qw', []],
  ['nope', []],
  ['', []],
])('who writes %s may have meant %j', (name, meant) => {
  expect(nearNames(name, known)).toEqual(meant);
});
