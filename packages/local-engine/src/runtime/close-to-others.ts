import { chmod, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Takes away what group and others may do with a folder and everything in it. */
export async function closeToOthers(directory: string): Promise<void> {
  await chmod(directory, 0o700);
  for (const entry of await readdir(directory, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() && !entry.isDirectory()) continue;
    const path = join(entry.parentPath, entry.name);
    await chmod(path, (await stat(path)).mode & 0o700);
  }
}
