import { fileURLToPath } from 'node:url';
import { exitCodeOf } from '../server/exit-code.js';
import { log } from '../server/log.js';
import { explainFailure } from './explain-failure.js';
import { runSupervisor } from './run-supervisor.js';
import { createStarter } from './starter.js';

process.title = 'tale-supervisor';
process.umask(0o077); // whatever a library makes is for this user alone
const starter = createStarter(process);

try {
  await runSupervisor({
    entry: (name) => fileURLToPath(new URL(`./${name}.js`, import.meta.url)),
    starter,
  });
} catch (error) {
  log.error({ error }, 'the servers could not be started');
  const exitCode = exitCodeOf(error);
  await starter.failed(explainFailure(error), exitCode);
  process.exit(exitCode);
}
