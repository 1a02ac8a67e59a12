import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { until } from '@tale/test-kit';
import { expect, it } from 'vitest';
import { findPortHolder } from '../src/port-holder.js';
import { hasEnded, listProcesses, readBootId, readCommand, readProcess } from '../src/process-table.js';

it('tells this process from others', () => {
  expect(readProcess(process.pid)).toMatchObject({
    executable: process.execPath,
    startTicks: expect.stringMatching(/^\d+$/),
  });
  expect(readBootId()).toMatch(/^[0-9a-f-]{36}$/);
  expect(readCommand(process.pid)).toContain('node');
  expect(listProcesses()).toContain(process.pid);
});

it('knows nothing of a process that does not exist', () => {
  expect(readProcess(999_999_999)).toBeNull();
  expect(readCommand(999_999_999)).toBeNull();
  expect(hasEnded(999_999_999)).toBe(true);
});

it('sees a process end, and that it leads its group', async () => {
  const child = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
  const pid = child.pid ?? 0;
  expect(readProcess(pid)).toMatchObject({ groupId: pid });
  expect(hasEnded(pid)).toBe(false);
  child.kill('SIGKILL');
  await until('it ended', () => hasEnded(pid));
});

it('finds who listens on a port', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as { port: number };
  expect(findPortHolder(port)).toMatchObject({ pid: process.pid, command: expect.stringContaining('node') });
  holder.close();
  await once(holder, 'close');
  expect(findPortHolder(port)).toBeNull();
});
