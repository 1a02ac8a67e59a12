import { manualClock } from '@tale/test-kit';
import { expect, it } from 'vitest';
import { inspectFile } from '../../src/runner/inspect-file.js';
import { fakeRunners } from '../../src/testing/index.js';

const asking = (isAnswering: boolean, signal?: AbortSignal) => {
  const fakes = fakeRunners({ isAnswering });
  const clock = manualClock();
  const answer = inspectFile({ spawn: fakes.spawn, entry: 'entry', clock }, 'x.gguf', signal);
  answer.catch(() => {});
  return { fakes, clock, answer };
};
const child = ({ fakes }: ReturnType<typeof asking>) => fakes.all[0]!;
const turn = () => new Promise(setImmediate);

it('a child that answered is ended', async () => {
  const asked = asking(true);
  expect(await asked.answer).toMatchObject({ architecture: 'llama' });
  await turn();
  expect(child(asked).isKilled).toBe(true);
});

it('a child that does not answer is ended when nobody waits any more, at once', async () => {
  const left = new AbortController();
  const asked = asking(false, left.signal);
  left.abort(new Error('enough'));
  await expect(asked.answer).rejects.toThrow('enough');
  await turn();
  expect(child(asked).isKilled).toBe(true);
  await expect(asking(true, left.signal).answer).rejects.toThrow('enough');
});

it('a child that takes too long is ended', async () => {
  const asked = asking(false);
  await asked.clock.advance(30_000);
  await expect(asked.answer).rejects.toMatchObject({ code: 'invalid-gguf' });
  await turn();
  expect(child(asked).isKilled).toBe(true);
});

it.each([
  ['invalid-gguf', 'invalid-gguf'],
  ['internal', 'load-failed'],
  ['runtime-missing', 'load-failed'],
] as const)('a child that fails with %s is %s', async (code, expected) => {
  const asked = asking(false);
  child(asked).emit({ type: 'failure', id: null, code, message: 'no' });
  await expect(asked.answer).rejects.toMatchObject({ code: expected, message: 'no' });
});

it('a child that dies says so', async () => {
  const asked = asking(false);
  child(asked).crash('signal SIGSEGV');
  await expect(asked.answer).rejects.toMatchObject({ code: 'runner-crashed' });
});
