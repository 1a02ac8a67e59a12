import { readFile } from 'node:fs/promises';
import { app } from '@tale/presets/tsup';

export default app(
  { main: 'src/main.ts' },
  {
    esbuildPlugins: [
      {
        // commander loads node:child_process for subcommands that are programs of their own. tale has none, and the module costs
        // every command a twentieth of Node's start.
        name: 'commander-without-child-process',
        setup(build) {
          build.onLoad({ filter: /commander[\\/]lib[\\/]command\.js$/ }, async ({ path }) => {
            const contents = await readFile(path, 'utf8');
            const loads = "require('node:child_process')";
            if (!contents.includes(loads)) throw new Error(`commander changed: it has no ${loads} any more`);
            return { contents: contents.replace(loads, '{}'), loader: 'js' };
          });
        },
      },
    ],
  },
);
