import { library } from '@tale/presets/tsup';

export default library({
  index: 'src/index.ts',
  'testing/index': 'src/testing/index.ts',
  command: 'src/command.ts',
  'runner/child/main': 'src/runner/child/main.ts',
});
