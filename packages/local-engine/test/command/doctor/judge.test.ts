import { describe, expect, it } from 'vitest';
import type { MachineFacts } from '../../../src/command/doctor/facts.js';
import { type Check, judgeMachine } from '../../../src/command/doctor/judge.js';

const gibibyte = 2 ** 30;

const healthy: MachineFacts = {
  node: { version: 'v20.19.0', platform: 'linux', architecture: 'x64' },
  runtime: { binaries: { version: '3.22.1', gpu: null, drivers: [] } },
  memory: { availableBytes: 8 * gibibyte },
  threads: { cores: 4, quotaCores: null, threads: 3 },
  folder: {
    path: '/data',
    isThere: true,
    isWritable: true,
    isOpenToOthers: false,
    freeBytes: 50 * gibibyte,
    heldBy: null,
  },
  catalogProblem: null,
  store: { models: 1, bytes: gibibyte, damaged: [], unused: [], unfinishedBytes: 0, rejected: [] },
  sources: [
    { kind: 'file', state: 'usable', told: 'add' },
    { kind: 'pypi', state: 'usable', told: 'pip 25' },
  ],
  port: { host: '127.0.0.1', port: 11_435, state: 'free', told: '' },
};
const { folder, store } = healthy;
const noSource = healthy.sources.slice(0, 1);

const find = (facts: Partial<MachineFacts>, name: Check['name']) =>
  judgeMachine({ ...healthy, ...facts }).find((check) => check.name === name)!;

describe('verdicts of the doctor', () => {
  it('are all good for a machine on which everything is right', () => {
    expect(judgeMachine(healthy).filter(({ state }) => state !== 'ok')).toEqual([]);
    expect(judgeMachine(healthy).map(({ name }) => name)).toEqual([
      ...['node', 'folder', 'runtime', 'memory', 'threads', 'catalog', 'models', 'sources', 'port'],
    ]);
  });

  it.each<[Check['name'], Check['state'], Partial<MachineFacts>, string]>([
    ['node', 'failed', { node: { ...healthy.node, version: 'v20.18.3' } }, 'install Node 20.19'],
    ['node', 'failed', { node: { ...healthy.node, version: 'v18.20.0' } }, 'install Node 20.19'],
    ['node', 'ok', { node: { ...healthy.node, version: 'v24.1.0' } }, ''],
    ['node', 'failed', { node: { ...healthy.node, platform: 'aix', architecture: 'ppc64' } }, 'another machine'],
    ['folder', 'failed', { folder: { ...folder, isWritable: false } }, '--data-dir'],
    ['folder', 'failed', { folder: { ...folder, freeBytes: 1_000 } }, 'free some space'],
    ['folder', 'warning', { folder: { ...folder, freeBytes: gibibyte } }, 'free some space'],
    ['folder', 'warning', { folder: { ...folder, isOpenToOthers: true } }, 'chmod 700 /data'],
    ['folder', 'ok', { folder: { ...folder, heldBy: 42, freeBytes: null, isThere: false } }, ''],
    ['runtime', 'failed', { runtime: { code: 'runtime-missing', message: '' } }, 'local-engine install-runtime'],
    ['runtime', 'failed', { runtime: { code: 'runner-crashed', message: 'SIGILL' } }, 'npm install'],
    [
      'runtime',
      'warning',
      { runtime: { binaries: { version: '3', gpu: null, drivers: ['cuda', 'vulkan'] } } },
      'local-engine install-runtime --gpu cuda',
    ],
    ['runtime', 'ok', { runtime: { binaries: { version: '3', gpu: 'cuda', drivers: ['cuda', 'vulkan'] } } }, ''],
    ['memory', 'failed', { memory: { availableBytes: 1_000 } }, 'close other programs'],
    ['memory', 'warning', { memory: { availableBytes: gibibyte / 2 } }, 'only the smallest models'],
    ['threads', 'warning', { threads: { cores: 4, quotaCores: 0.5, threads: 1 } }, 'raise the CPU limit'],
    ['threads', 'ok', { threads: { cores: 4, quotaCores: 2, threads: 2 } }, ''],
    ['catalog', 'failed', { catalogProblem: 'catalog.json is not JSON' }, 'correct the file'],
    ['models', 'failed', { store: { ...store, damaged: ['a:1', 'b:1'] } }, 'local-engine pull a:1'],
    ['models', 'warning', { store: { ...store, rejected: ['/data/x.rejected'] } }, 'remove /data/x.rejected'],
    ['models', 'warning', { store: { ...store, unused: ['/data/sha256-x'] } }, 'remove /data/sha256-x'],
    ['models', 'warning', { store: { ...store, models: 0, unfinishedBytes: 5 } }, 'local-engine pull'],
    ['models', 'ok', { store: { ...store, unfinishedBytes: 5 } }, ''],
    ['sources', 'warning', { sources: noSource }, 'local-engine add'],
    ['sources', 'failed', { sources: noSource, store: { ...store, models: 0 } }, 'local-engine add'],
    ['port', 'failed', { port: { ...healthy.port, state: 'taken', told: 'x' } }, 'serve --port 0'],
    ['port', 'failed', { port: { ...healthy.port, state: 'refused', told: 'EACCES' } }, '--host 127.0.0.1'],
    ['port', 'ok', { port: { ...healthy.port, state: 'engine', told: 'x' } }, ''],
  ])('of %s are %s and say what to do for %j', (name, state, facts, next) => {
    const check = find(facts, name);
    expect(check.state).toBe(state);
    if (next === '') expect(check.next).toBeNull();
    else expect(check.next).toContain(next);
  });
});
