import { library } from '@tale/presets/tsup';

export default library({
  index: 'src/index.ts',
  'server/index': 'src/server/index.ts',
  'remote/index': 'src/remote/index.ts',
  'anthropic/index': 'src/backends/anthropic/index.ts',
  'testing/index': 'src/testing/index.ts',
  'testing/fake-ollama-cli': 'src/testing/fake-ollama-cli.ts',
  // Measured alone by bench/decisions.mjs; no entries for others.
  'lanes/lane-queue': 'src/lanes/lane-queue.ts',
  'decisions/decision-log': 'src/decisions/decision-log.ts',
});
