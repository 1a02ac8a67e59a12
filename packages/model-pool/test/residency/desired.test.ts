import { describe, expect, it } from 'vitest';
import { chooseResidency, type HolderView, type ResidentView } from '../../src/residency/desired.js';

const view = (name: string, more: Partial<ResidentView> = {}): ResidentView => ({
  name,
  state: 'absent',
  isManaged: true,
  isInstalled: true,
  isBackendUp: true,
  restMs: 0,
  expiresInMs: null,
  holder: null,
  ...more,
});
const holder = (emptyForMs: number | null, restoreAfterMs = 30_000): HolderView => ({
  name: 'large',
  emptyForMs,
  restoreAfterMs,
});
const chosen = (...groups: ResidentView[][]) =>
  chooseResidency({ groups }).map(({ action, name, reason }) => `${action} ${name}: ${reason}`);

describe('chooseResidency', () => {
  const table: [string, ResidentView[][], string[]][] = [
    ['absent, nobody needs the memory', [[view('ux')]], ['preload ux: absent']],
    ['failed, its rest is over', [[view('ux', { state: 'failed' })]], ['preload ux: failed']],
    ['failed, and it rests', [[view('ux', { state: 'failed', restMs: 1 })]], []],
    ['being loaded: nothing is missing, whatever the server lists', [[view('ux', { state: 'loading' })]], []],
    ['being taken out', [[view('ux', { state: 'evicting' })]], []],
    ['in memory for ever', [[view('ux', { state: 'resident', expiresInMs: 1e12 })]], []],
    ['in memory, the server does not say for how long', [[view('ux', { state: 'resident' })]], []],
    ['in memory for 59 s', [[view('ux', { state: 'resident', expiresInMs: 59_000 })]], ['touch ux: expires']],
    ['in memory for 60 s', [[view('ux', { state: 'resident', expiresInMs: 60_000 })]], []],
    ['absent while planning works in its memory', [[view('ux', { holder: holder(null) })]], ['wait ux: memory-needed']],
    [
      'absent, planning has had no work for 29 s',
      [[view('ux', { holder: holder(29_000) })]],
      ['wait ux: memory-needed'],
    ],
    ['absent, planning has had no work for 30 s', [[view('ux', { holder: holder(30_000) })]], ['preload ux: absent']],
    ['absent, a person is expected', [[view('ux', { holder: holder(5_000, 4_000) })]], ['preload ux: absent']],
    ['its server is down', [[view('ux', { isBackendUp: false })]], []],
    [
      'it is not installed, the next candidate is',
      [[view('a', { isInstalled: false }), view('b')]],
      ['preload b: absent'],
    ],
    ['the first candidate is back', [[view('a'), view('b', { state: 'resident' })]], ['preload a: absent']],
    ['the first candidate rests', [[view('a', { restMs: 1 }), view('b', { state: 'resident' })]], []],
    ['a resting one that somebody loaded is there', [[view('a', { restMs: 1, state: 'resident' }), view('b')]], []],
    [
      'a server that serves what it serves has it',
      [[view('a', { isManaged: false, state: 'resident', expiresInMs: 1 })]],
      [],
    ],
    [
      'a server that serves what it serves lacks it',
      [[view('a', { isManaged: false }), view('b')]],
      ['preload b: absent'],
    ],
    ['two roles want the same one', [[view('a')], [view('a')]], ['preload a: absent']],
    ['a role and a pin', [[view('a')], [view('b', { state: 'failed' })]], ['preload a: absent', 'preload b: failed']],
    ['nobody is wanted', [], []],
  ];
  for (const [name, groups, wanted] of table) it(name, () => expect(chosen(...groups)).toEqual(wanted));
});
