import { library } from '@tale/presets/tsup';

export default library(
  {
    index: 'src/index.ts',
    'testing/index': 'src/testing/index.ts',
  },
  {
    // Its entry for Node cannot be bundled again by those who bundle us, and its ES module cannot be loaded by Node as it stands.
    noExternal: ['jsonc-parser'],
    treeshake: false, // esbuild's own suffices, and the second pass would drop the notice
    footer: {
      js: '// With parts of jsonc-parser, Copyright (c) Microsoft Corporation, MIT License (jsonc-parser/LICENSE.md).',
    },
  },
);
