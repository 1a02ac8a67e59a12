import { join } from 'node:path';
import { createLocalEngine } from '@tale/local-engine';
import { log } from '../server/log.js';
import type { Compose } from '../server/run-server.js';
import { onWantedPort } from '../server/wanted-port.js';

/** tale's own model server, where no Ollama answers. */
export const composeLocalEngine: Compose = async ({ dataFolder }, { token, port }) => {
  const engine = await onWantedPort(port, (wanted) =>
    createLocalEngine({
      dataDir: join(dataFolder, 'local-engine'),
      port: wanted,
      token,
      runnerEntry: new URL('./local-engine-runner.js', import.meta.url),
      logger: log,
    }),
  );
  return { url: engine.url, stop: () => engine.close() };
};
