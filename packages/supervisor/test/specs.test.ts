import { expect, it } from 'vitest';
import { checkSpecs } from '../src/specs.js';
import { testServer } from '../src/testing/index.js';

it('accepts what can be meant', () => {
  checkSpecs([]);
  checkSpecs([testServer('one'), testServer('two', {}, { port: { wanted: 8_081, more: 8_084, fallback: true } })]);
});

it.each([
  ['a name that is no file name', [testServer('../one')]],
  ['an upper-case name', [testServer('One')]],
  ['an empty name', [testServer('')]],
  ['the same name twice', [testServer('one'), testServer('one')]],
  ['neither file nor command', [testServer('one', {}, { file: null })]],
  ['both file and command', [testServer('one', {}, { command: ['true'] })]],
  ['no instance', [testServer('one', {}, { instances: 0 })]],
  ['half an instance', [testServer('one', {}, { instances: 1.5 })]],
  ['a foreign program over IPC', [testServer('one', {}, { file: null, command: ['true'] })]],
  ['an HTTP answer without a port', [testServer('one', {}, { ready: { by: 'http', timeoutMs: 1 }, port: null })]],
  ['a port above 65535', [testServer('one', {}, { port: { wanted: 65_536, fallback: true } })]],
  ['a port that is no number', [testServer('one', {}, { port: { wanted: Number.NaN, fallback: true } })]],
  [
    'further ports above 65535',
    [testServer('one', {}, { instances: 3, port: { wanted: 1, more: 65_535, fallback: true } })],
  ],
  ['further ports from 0', [testServer('one', {}, { instances: 2, port: { wanted: 1, more: 0, fallback: true } })]],
])('refuses %s', (_, specs) => {
  expect(() => checkSpecs(specs)).toThrow(TypeError);
});
