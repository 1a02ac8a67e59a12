import { describe, expect, it } from 'vitest';
import { chooseVictim, type FakeRunner, isSameRunner, runnerFields } from '../../../src/testing/fake-ollama/runner.js';

const forever = Number.POSITIVE_INFINITY;
const runner = (model: string, keepMs: number, users = 0): FakeRunner => ({
  model,
  options: {},
  contextTokens: 4096,
  bytes: 1,
  digest: '',
  keepMs,
  expiresAtMs: 0,
  users,
  computing: 0,
  waiters: [],
});

describe('who leaves', () => {
  const cases: [string, FakeRunner[], string | null][] = [
    ['nobody where nobody is', [], null],
    ['an idle one before a busy one, however long it may stay', [runner('a', 1, 1), runner('b', forever)], 'b'],
    [
      'of idle ones that with the shortest stay',
      [runner('a', 300_000), runner('b', 60_000), runner('c', forever)],
      'b',
    ],
    ['of equal ones the first by name', [runner('b', forever), runner('a', forever)], 'a'],
    ['of busy ones that with the shortest stay', [runner('a', forever, 1), runner('b', 10, 2)], 'b'],
  ];
  for (const [name, runners, victim] of cases) {
    it(name, () => expect(chooseVictim(runners)?.model ?? null).toBe(victim));
  }
});

describe('a runner', () => {
  it('is made of a few options, and of the default context where none is given', () => {
    expect(runnerFields({ num_ctx: 8192, temperature: 1, num_thread: 2, use_mmap: false }, 4096)).toEqual({
      num_ctx: 8192,
      num_thread: 2,
      use_mmap: false,
    });
    expect(runnerFields({}, 2048)).toEqual({ num_ctx: 2048 });
  });

  it('serves a request with the same fields and with any number of layers where the request says -1', () => {
    const has = { num_ctx: 4096, num_gpu: 10 };
    expect(isSameRunner(has, { num_ctx: 4096, num_gpu: 10 })).toBe(true);
    expect(isSameRunner(has, { num_ctx: 4096, num_gpu: -1 })).toBe(true);
    expect(isSameRunner(has, { num_ctx: 4096 })).toBe(false);
    expect(isSameRunner(has, { num_ctx: 2048, num_gpu: 10 })).toBe(false);
    expect(isSameRunner(has, { num_ctx: 4096, num_gpu: 10, num_thread: 1 })).toBe(false);
  });
});
