import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import * as child from '../src/child/index.js';
import * as main from '../src/index.js';
import * as testing from '../src/testing/index.js';

it('exports these names and no others', () => {
  expect(Object.keys(main).sort()).toEqual([
    'SupervisorError',
    'createSupervisor',
    'loadOrCreateToken',
    'readLogs',
    'readRuntimeFile',
  ]);
  expect(Object.keys(child)).toEqual(['connectSupervisor']);
  expect(Object.keys(testing).sort()).toEqual(['memoryLock', 'testServer']);
});

it('finds the program of the test server beside itself', () => {
  const { file } = testing.testServer('one');
  expect(existsSync(dirname(file ?? ''))).toBe(true);
});
