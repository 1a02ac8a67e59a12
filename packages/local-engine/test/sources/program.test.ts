import { tmpdir } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { runProgram } from '../../src/sources/program.js';

it('keeps what a program printed for a reader that begins after its end', async () => {
  let bytes = 0;
  const result = await runProgram([process.execPath], ['-e', 'process.stdout.write(Buffer.alloc(5_000))'], {
    directory: tmpdir(),
    environment: process.env,
    signal: new AbortController().signal,
    async consume(stdout) {
      await wait(500); // longer than the program runs
      for await (const chunk of stdout) bytes += (chunk as Buffer).length;
    },
  });
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  expect(bytes).toBe(5_000);
});
