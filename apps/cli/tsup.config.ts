import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
      {
        // A command that finds no servers sends no request, and the module costs it a tenth of Node's start.
        name: 'http-when-needed',
        setup(build) {
          build.onResolve({ filter: /^node:http$/ }, ({ namespace }) =>
            namespace === 'when-needed'
              ? { path: 'node:http', external: true }
              : { path: 'http', namespace: 'when-needed' },
          );
          build.onLoad({ filter: /^http$/, namespace: 'when-needed' }, () => ({
            contents: ['request', 'get']
              .map((name) => `export const ${name} = (...received) => require('node:http').${name}(...received);`)
              .join('\n'),
          }));
        },
      },
      {
        // The schema of all settings is in a file of its own, built by itself: a build that shares modules would load it, and its
        // library, with every command.
        name: 'settings-apart',
        setup(build) {
          const {
            platform,
            target,
            format,
            minify,
            conditions,
            external,
            banner,
            outdir = 'dist',
          } = build.initialOptions;
          build.onResolve({ filter: /\/check-config\.js$/ }, ({ path }) => ({ path, external: true }));
          build.onEnd(async ({ errors }) => {
            if (errors.length > 0) return;
            await build.esbuild.build({
              ...{ platform, target, format, minify, conditions, external, banner },
              bundle: true,
              entryPoints: [fileURLToPath(new URL('./src/gateway/check-config.ts', import.meta.url))],
              outfile: join(outdir, 'check-config.js'),
              logLevel: 'warning',
            });
          });
        },
      },
      {
        // Writing logs is the supervisor's; reading them needs nothing of this library, which does not say that it may be left out.
        name: 'no-log-rotation',
        setup(build) {
          build.onResolve({ filter: /^rotating-file-stream$/ }, async ({ path, pluginData, ...from }) => {
            if (pluginData === 'seen') return null;
            const found = await build.resolve(path, { ...from, pluginData: 'seen' });
            return { ...found, sideEffects: false };
          });
        },
      },
    ],
  },
);
