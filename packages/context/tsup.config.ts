import { library } from '@tale/presets/tsup';

export default library({ index: 'src/index.ts', 'testing/index': 'src/testing/index.ts' });
