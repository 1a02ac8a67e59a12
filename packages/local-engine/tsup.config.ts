import { library } from '@tale/presets/tsup';

export default library(
  {
    index: 'src/index.ts',
    'testing/index': 'src/testing/index.ts',
    command: 'src/command.ts',
    'runner/child/main': 'src/runner/child/main.ts',
  },
  {
    // Of its ninety files, which Node would read at every start, a few functions are needed: an engine listens in half the time.
    noExternal: ['zod'],
    treeshake: false, // esbuild's own suffices, and the second pass would drop the notice
    footer: { js: '// With parts of zod, Copyright (c) 2025 Colin McDonnell, MIT License (zod/LICENSE).' },
  },
);
