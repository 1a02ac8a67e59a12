import { expect, it } from 'vitest';
import * as main from '../src/index.js';
import * as runner from '../src/runner/child/main.js';
import * as testing from '../src/testing/index.js';

it('exports exactly these names', () => {
  expect(Object.keys(main).sort()).toEqual([
    ...[
      'LocalEngineError',
      'builtInCatalog',
      'createLocalEngine',
      'firstRunCandidates',
      'installRuntime',
      'pullFirstRunPair',
      'systemSources',
    ],
  ]);
  expect(Object.keys(testing).sort()).toEqual(['ensureRuntime', 'fakeRunners', 'fileEntry', 'writeTinyGguf']);
});

it('has a child that does nothing where nobody forked it', () => {
  expect(Object.keys(runner)).toEqual([]);
});
