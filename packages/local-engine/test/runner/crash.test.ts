import { join } from 'node:path';
import { manualClock, temporaryFolder, until } from '@tale/test-kit';
import { describe, expect, inject, it } from 'vitest';
import { forkRunner } from '../../src/runner/fork-runner.js';
import { type LoadOptions, loadModelChild, type ModelChild } from '../../src/runner/model-child.js';
import type { TextCall } from '../../src/runner/protocol.js';
import type { RunnerProcess } from '../../src/types.js';
import { greedy } from './child/test-child.js';

const rawCall = (prompt: string): TextCall => ({
  kind: 'raw',
  prompt,
  maxTokens: null,
  format: null,
  sampling: greedy,
});

/** A real child, watched by a clock of the test. */
function start(modelPath: string) {
  const clock = manualClock();
  const process = forkRunner(inject('misbehavingEntry'));
  let messages = 0;
  process.onMessage(() => messages++);
  const crashes: string[] = [];
  const options: LoadOptions = {
    ...{ name: 'x', process, clock, onProgress() {}, onCrash: (reason) => crashes.push(reason) },
    load: {
      ...{ type: 'load', modelPath, runtimeDir: inject('runtimeDir'), contextTokens: 512 },
      ...{ threads: 1, areThreadsFixed: false, slots: 1, batchTokens: 128, gpuLayers: 0 },
    },
  };
  /** Lets time pass, beat by beat; the child has time to answer each. */
  const pass = async (seconds: number, isBeating = true) => {
    for (let passed = 0; passed < seconds && isAlive(process); passed += 2) {
      const before = messages;
      await clock.advance(2_000);
      if (isBeating) await until('a beat', () => messages > before || !isAlive(process));
    }
  };
  return { loading: loadModelChild(options), crashes, pass, process };
}

function isAlive({ pid }: RunnerProcess): boolean {
  try {
    return process.kill(pid ?? 0, 0);
  } catch {
    return false;
  }
}

const ask = (child: ModelChild, prompt: string, onText?: () => void) =>
  child.answer(rawCall(prompt), {
    ...{ signal: new AbortController().signal, priority: 5, maxThreads: null },
    ...(onText && { onText }),
  });

describe('a child that', () => {
  // No time passes on the clock of the test: the end of the process ends the call, not a beat that is missed.
  it('is killed in the middle of an answer ends its call at once', async () => {
    const { loading, crashes, process: killed } = start(inject('endlessPath'));
    const child = await loading;
    let pieces = 0;
    const asking = ask(child, 'hello', () => {
      if (++pieces === 10) process.kill(killed.pid ?? 0, 'SIGKILL');
    });
    await expect(asking).rejects.toMatchObject({ code: 'runner-crashed', retryable: true });
    expect(crashes).toEqual(['signal SIGKILL']);
    await expect(ask(child, 'again')).rejects.toMatchObject({ code: 'runner-crashed' });
  });

  it.each([
    ['dies of a signal', 'die', /signal SIGSEGV/],
    ['ends itself, with the last it said', 'throw', /exit code 1.*/],
  ])('%s is reported', async (_, prompt, reason) => {
    const { loading, crashes } = start('no-model');
    await expect(ask(await loading, prompt)).rejects.toMatchObject({ code: 'runner-crashed', retryable: true });
    expect(crashes).toEqual([expect.stringMatching(reason)]);
  });

  it('hangs is killed after three beats', async () => {
    const { loading, crashes, pass, process } = start('no-model');
    const asking = ask(await loading, 'hang').catch((error) => error.code);
    await pass(6, false);
    expect(isAlive(process)).toBe(true);
    await pass(2, false);
    expect(await asking).toBe('runner-crashed');
    expect(crashes).toEqual(['no sign of life; signal SIGKILL']);
  });

  it('beats but makes no progress is killed after a minute', async () => {
    const { loading, crashes, pass, process } = start('no-model');
    const child = await loading;
    const asking = ask(child, 'stall').catch((error) => error.code);
    await pass(60);
    expect(isAlive(process)).toBe(true);
    await pass(4);
    expect(await asking).toBe('runner-crashed');
    expect(crashes).toEqual(['no call made progress; signal SIGKILL']);
  });

  it('beats but never ends its load is killed after two minutes', async () => {
    const { loading, crashes, pass, process } = start('endless-load');
    const failing = loading.catch((error) => error);
    await pass(120);
    expect(isAlive(process)).toBe(true);
    await pass(4);
    expect(await failing).toMatchObject({ code: 'runner-crashed', retryable: true });
    expect(crashes).toEqual([]); // the load failed; whoever asked for it knows
  });

  it('cannot be started is reported', async () => {
    await using folder = await temporaryFolder();
    const process = forkRunner(join(folder.path, 'missing.mjs'));
    const reason = await new Promise<string>((resolve) => process.onExit(resolve));
    expect(reason).toMatch(/exit code 1/);
    const again = await new Promise<string>((resolve) => process.onExit(resolve)); // whoever asks late hears it too
    expect(again).toBe(reason);
  });
});
