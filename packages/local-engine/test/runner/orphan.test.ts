import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { until } from '@tale/test-kit';
import { expect, inject, it } from 'vitest';

it('ENGINE-9: a child ends when its parent is killed', async () => {
  const script = `const child = require('node:child_process').fork(${JSON.stringify(inject('runnerEntry'))}); console.log(child.pid)`;
  const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = Number(String(await new Promise((resolve) => parent.stdout.once('data', resolve))));
  /** A process that is dead and that nobody buries is no living one. */
  const isAlive = () => {
    try {
      process.kill(pid, 0);
      return process.platform !== 'linux' || !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
    } catch {
      return false;
    }
  };
  expect(isAlive()).toBe(true);
  parent.kill('SIGKILL');
  await until('the child has ended', () => !isAlive());
});
