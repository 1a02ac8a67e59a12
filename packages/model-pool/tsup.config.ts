import { library } from '@tale/presets/tsup';

export default library({
  index: 'src/index.ts',
  'server/index': 'src/server/index.ts',
  'remote/index': 'src/remote/index.ts',
  'testing/index': 'src/testing/index.ts',
  'testing/fake-ollama-cli': 'src/testing/fake-ollama-cli.ts',
});
