import { cpus } from 'node:os';
import type { ThreadMeter } from './thread-control.js';

/** Measures this process and its machine. */
export const systemThreadMeter: ThreadMeter = {
  now: () => performance.now(),
  cpuMs() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
  machine() {
    const times = cpus().map((cpu) => cpu.times);
    const idleMs = times.reduce((sum, { idle }) => sum + idle, 0);
    const totalMs = times.reduce((sum, each) => sum + Object.values(each).reduce((part, value) => part + value, 0), 0);
    return { idleMs, totalMs };
  },
};
