import { manualClock, until } from '@tale/test-kit';
import { describe, expect, inject, it } from 'vitest';
import { examineBinaries } from '../../src/runner/examine-binaries.js';
import { forkRunner } from '../../src/runner/fork-runner.js';
import type { FromRunner } from '../../src/runner/protocol.js';
import { fakeRunners } from '../../src/testing/index.js';

const never = new AbortController().signal;

function examining(clock = manualClock(), signal = never) {
  const runners = fakeRunners({ isAnswering: false });
  const result = examineBinaries({ spawn: runners.spawn, entry: '', clock }, '/runtime', signal);
  result.catch(() => {});
  return { runners, result, clock };
}

describe('binaries of the runtime', () => {
  it('are named by a child, which is gone afterwards', async () => {
    const tools = { spawn: forkRunner, entry: inject('runnerEntry'), clock: manualClock() };
    const { version, gpu, drivers } = await examineBinaries(tools, inject('runtimeDir'), never);
    expect(version).toBe('3.22.1');
    expect([null, 'metal', 'cuda', 'vulkan']).toContain(gpu);
    expect(drivers.every((driver) => ['metal', 'cuda', 'vulkan'].includes(driver))).toBe(true);
    const fake = fakeRunners();
    expect(await examineBinaries({ ...tools, spawn: fake.spawn }, '', never)).toMatchObject({ gpu: null, drivers: [] });
    await until('the child is gone', () => fake.all[0]?.isKilled);
  });

  const failure = (code: 'runtime-missing' | 'internal'): FromRunner => ({
    type: 'failure',
    id: null,
    code,
    message: 'x',
  });

  it.each<[string, (given: ReturnType<typeof examining>) => unknown, string]>([
    ['a runtime that is missing', ({ runners }) => runners.all[0]?.emit(failure('runtime-missing')), 'runtime-missing'],
    ['a runtime that does not start', ({ runners }) => runners.all[0]?.emit(failure('internal')), 'load-failed'],
    ['a child that dies', ({ runners }) => runners.all[0]?.crash(), 'runner-crashed'],
    ['a child that says nothing', ({ clock }) => clock.advance(15_000), 'load-failed'],
  ])('are not named for %s', async (_, act, code) => {
    const given = examining();
    await act(given);
    await expect(given.result).rejects.toMatchObject({ code });
    await until('the child is gone', () => given.runners.all[0]?.isKilled);
  });

  it('are not waited for by one who leaves', async () => {
    const stopped = new AbortController();
    const { result } = examining(manualClock(), stopped.signal);
    stopped.abort(new Error('enough'));
    await expect(result).rejects.toThrow('enough');
    await expect(examining(manualClock(), stopped.signal).result).rejects.toThrow('enough');
  });
});
