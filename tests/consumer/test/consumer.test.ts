import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { readmeBlocks } from './readme-blocks.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');
const packed = join(root, '.tools/packed');
const names = readdirSync(join(root, 'packages')).sort();
const typescript = '6.0.3';
const nodeTypes = '20.19.43';

interface Manifest {
  readonly version: string;
  readonly peerDependencies?: Record<string, string>;
  readonly peerDependenciesMeta?: Record<string, { readonly optional?: boolean }>;
  readonly exports: Record<string, unknown>;
}

/** The lowest version that a caret range allows. */
const lowest = (range: string) => range.replace(/^\^/, '');

function npmCommandFile(): string {
  const own = process.env.npm_execpath ?? '';
  const beside = join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js');
  const found = [own, beside, '/usr/lib/node_modules/npm/bin/npm-cli.js'].find(
    (file) => file.endsWith('npm-cli.js') && existsSync(file),
  );
  if (!found) throw new Error('npm was not found beside node');
  return found;
}

async function install(folder: string, specs: readonly string[]): Promise<void> {
  const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', ...specs];
  await run(process.execPath, [npmCommandFile(), ...args], { cwd: folder, maxBuffer: 1 << 26 });
}

describe.each(names)('@tale/%s in an empty folder', (name) => {
  const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as Manifest;
  const blocks = readmeBlocks(readFileSync(join(root, 'packages', name, 'README.md'), 'utf8'));

  it('installs from its tarball with the lowest peers, compiles strictly, runs its example and can be required', async () => {
    await using folder = await temporaryFolder();
    const peers = Object.entries(manifest.peerDependencies ?? {})
      .filter(([peer]) => !manifest.peerDependenciesMeta?.[peer]?.optional)
      .map(([peer, range]) => `${peer}@${lowest(range)}`);
    await writeFile(join(folder.path, 'package.json'), '{ "private": true, "type": "module" }');
    const tarball = join(packed, `tale-${name}-${manifest.version}.tgz`);
    await install(folder.path, [tarball, ...peers, `typescript@${typescript}`, `@types/node@${nodeTypes}`]);

    if (blocks.some((block) => block.includes("from 'better-sqlite3'"))) linkDriver(folder.path);
    await mkdir(join(folder.path, 'examples'));
    expect(blocks.length).toBeGreaterThan(0);
    for (const [index, block] of blocks.entries())
      await writeFile(join(folder.path, `examples/example-${index}.ts`), block);
    const keys = Object.keys(manifest.exports).filter((key) => key !== './package.json');
    const specifiers = keys.map((key) => `@tale/${name}${key.slice(1)}`);
    const imports = specifiers.map(
      (specifier, index) => `import * as m${index} from '${specifier}';\nvoid m${index};\n`,
    );
    await writeFile(join(folder.path, 'examples/surface.ts'), imports.join(''));

    for (const [module, moduleResolution] of [
      ['nodenext', 'nodenext'],
      ['esnext', 'bundler'],
    ] as const) {
      const compilerOptions = {
        module,
        moduleResolution,
        target: 'es2022',
        lib: ['es2023', 'esnext.disposable'],
        types: ['node'],
        strict: true,
        skipLibCheck: false,
        rootDir: 'examples',
        outDir: `out-${module}`,
      };
      const config = join(folder.path, `tsconfig.${module}.json`);
      await writeFile(config, JSON.stringify({ compilerOptions, include: ['examples'] }));
      await tsc(folder.path, config);
    }
    for (const index of blocks.keys()) {
      await run(process.execPath, [`out-nodenext/example-${index}.js`], { cwd: folder.path, timeout: 60_000 });
    }
    const required = `for (const name of ${JSON.stringify(specifiers)}) require('node:module').createRequire('${join(folder.path, 'x.js')}')(name);`;
    await run(process.execPath, ['--no-warnings', '--input-type=commonjs', '-e', required], { cwd: folder.path });
  }, 180_000);
});

/** The driver is the caller's; the workspace's built one spares compiling it once more. */
function linkDriver(folder: string): void {
  const driver = dirname(
    createRequire(join(root, 'tooling/test-kit/package.json')).resolve('better-sqlite3/package.json'),
  );
  symlinkSync(driver, join(folder, 'node_modules/better-sqlite3'));
  const types = join(root, 'tooling/test-kit/node_modules/@types/better-sqlite3');
  symlinkSync(types, join(folder, 'node_modules/@types/better-sqlite3'));
}

async function tsc(folder: string, config: string): Promise<void> {
  try {
    await run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', config], { cwd: folder, maxBuffer: 1 << 26 });
  } catch (error) {
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    throw new Error(`the compiler refuses it:\n${output}`, { cause: error });
  }
}
