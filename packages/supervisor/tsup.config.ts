import { library } from '@tale/presets/tsup';

export default library({
  index: 'src/index.ts',
  'child/index': 'src/child/index.ts',
  'testing/index': 'src/testing/index.ts',
  // No export: the program that `testServer` runs, found beside it.
  'testing/test-server-main': 'src/testing/test-server-main.ts',
});
