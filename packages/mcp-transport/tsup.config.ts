import { library } from '@tale/presets/tsup';

export default library({
  index: 'src/index.ts',
  'light/index': 'src/light/index.ts',
  'guard/index': 'src/guard/index.ts',
  'testing/index': 'src/testing/index.ts',
});
