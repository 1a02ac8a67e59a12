/** A supervisor in a process of its own, for tests that kill it. */
import { createSupervisor, type ServerSpec } from '../../src/index.js';
import { memoryLock } from '../../src/testing/index.js';

const { folder, servers } = JSON.parse(process.argv[2] ?? '') as { folder: string; servers: ServerSpec[] };
const supervisor = createSupervisor({
  servers,
  folder,
  logFolder: `${folder}/logs`,
  lock: memoryLock(),
  daemonId: 'daemon',
  token: 'f'.repeat(64),
});
await supervisor.start();
process.stdout.write(`${JSON.stringify(supervisor.status())}\n`);
