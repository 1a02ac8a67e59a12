/**
 * Build of a published package: ESM, declarations, source maps, one output per `exports` key.
 *
 * @param {Record<string, string>} entry output name (without extension) to source file
 * @param {Partial<import('tsup').Options>} [extra] options of one package on top
 * @returns {import('tsup').Options}
 */
export function library(entry, extra = {}) {
  return {
    entry,
    format: 'esm',
    target: 'node20',
    sourcemap: true,
    clean: true,
    treeshake: true,
    removeNodeProtocol: false,
    // tsup passes `baseUrl` to the declaration build, which TypeScript 6 reports as deprecated.
    dts: { compilerOptions: { ignoreDeprecations: '6.0' } },
    ...extra,
  };
}

/**
 * Bundle of an app: our packages are taken from source and every JavaScript dependency is inlined, so that the app starts
 * from a few files and needs no build of the packages. Only what holds native code stays outside.
 *
 * @param {Record<string, string>} entry output name (without extension) to source file
 * @param {Partial<import('tsup').Options>} [extra] options of one app on top
 * @returns {import('tsup').Options}
 */
export function app(entry, extra = {}) {
  return {
    entry,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    splitting: true,
    minify: true,
    metafile: true,
    clean: true,
    removeNodeProtocol: false,
    noExternal: [/^(?!better-sqlite3$|node-llama-cpp$)/],
    external: ['better-sqlite3', 'node-llama-cpp'],
    // CommonJS dependencies call require() for Node's own modules.
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
    ...extra,
    esbuildOptions(options, context) {
      options.conditions = ['@tale/source', ...(options.conditions ?? [])];
      extra.esbuildOptions?.(options, context);
    },
  };
}
