import { library } from '@tale/presets/tsup';

export default library({
  index: 'src/index.ts',
  'queries/index': 'src/queries/index.ts',
  'testing/index': 'src/testing/index.ts',
});
