// What a package adds to a program that imports it: its own code, minified, without its dependencies and Node's modules.
import { readFileSync } from 'node:fs';

/** Limit of an entry point in bytes: what was measured and about 15 % more. */
const limits = {
  '@tale/checkpoints': 21_000,
  '@tale/config': 40_000,
  '@tale/context': 260_000,
  '@tale/local-engine': 161_000, // with the parts of zod that it holds
  '@tale/mcp-transport': 36_000,
  '@tale/mcp-transport/light': 8_192, // a short-lived process reads it at every start
  '@tale/model-pool': 158_000,
  '@tale/protocol': 12_000,
  '@tale/supervisor': 31_000,
  '@tale/tasks': 37_000,
  '@tale/token-tracker': 34_000,
};

export default Object.entries(limits).map(([name, limitBytes]) => {
  const [, folder, subpath = ''] = name.split('/');
  const manifest = JSON.parse(readFileSync(new URL(`packages/${folder}/package.json`, import.meta.url), 'utf8'));
  return {
    name,
    path: `packages/${folder}/dist/${subpath && `${subpath}/`}index.js`,
    limit: `${limitBytes} B`,
    brotli: false,
    ignore: Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
    modifyEsbuildConfig: (config) => ({ ...config, platform: 'node', format: 'esm', logLevel: 'error' }),
  };
});
