import { statfs } from 'node:fs/promises';
import type { DiskProbe } from '../types.js';

/** The operating system's disks. */
export const systemDisk: DiskProbe = {
  async freeBytes(directory) {
    const { bavail, bsize } = await statfs(directory);
    return bavail * bsize;
  },
};
