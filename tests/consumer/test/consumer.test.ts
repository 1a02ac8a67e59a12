import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from '@tale/test-kit';
import { expect, it } from 'vitest';
import { readmeBlocks } from './readme-blocks.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../../..');
const packed = join(root, '.tools/packed');
const names = readdirSync(join(root, 'packages')).sort();
const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc');

/** The script is a program of the repository, no package that could be imported by name. */
const { npmCommandFile } = await import(pathToFileURL(join(root, 'scripts/bootstrap/pnpm.mjs')).href);
const npm: string = npmCommandFile();

interface Manifest {
  readonly version: string;
  readonly peerDependencies?: Record<string, string>;
  readonly peerDependenciesMeta?: Record<string, { readonly optional?: boolean }>;
  readonly exports: Record<string, unknown>;
}

/** The lowest version that a caret range allows. */
const lowest = (range: string) => range.replace(/^\^/, '');

async function install(folder: string, specs: readonly string[]): Promise<void> {
  const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--ignore-scripts', ...specs];
  await run(process.execPath, [npm, ...args], { cwd: folder, maxBuffer: 1 << 26 });
}

it.concurrent.each(names)(
  '@tale/%s installs from its tarball with the lowest peers, compiles strictly, runs its example and can be required',
  async (name) => {
    await using folder = await temporaryFolder();
    const manifest = JSON.parse(readFileSync(join(root, 'packages', name, 'package.json'), 'utf8')) as Manifest;
    const blocks = readmeBlocks(readFileSync(join(root, 'packages', name, 'README.md'), 'utf8'));
    expect(blocks.length, 'examples in the README').toBeGreaterThan(0);

    const peers = Object.entries(manifest.peerDependencies ?? {})
      .filter(([peer]) => !manifest.peerDependenciesMeta?.[peer]?.optional)
      .map(([peer, range]) => `${peer}@${lowest(range)}`);
    await writeFile(join(folder.path, 'package.json'), '{ "private": true, "type": "module" }');
    await install(folder.path, [join(packed, `tale-${name}-${manifest.version}.tgz`), ...peers]);
    await link(folder.path, '@types/node');
    if (blocks.some((block) => block.includes("from 'better-sqlite3'"))) {
      await link(folder.path, '@types/better-sqlite3');
      await link(folder.path, 'better-sqlite3');
    }

    const specifiers = Object.keys(manifest.exports)
      .filter((key) => key !== './package.json')
      .map((key) => `@tale/${name}${key.slice(1)}`);
    const surface = specifiers.map(
      (specifier, index) => `import * as m${index} from '${specifier}';\nvoid m${index};\n`,
    );
    await mkdir(join(folder.path, 'examples'));
    await writeFile(join(folder.path, 'examples/surface.ts'), surface.join(''));
    for (const [index, block] of blocks.entries()) {
      await writeFile(join(folder.path, `examples/example-${index}.ts`), block);
    }
    await compile(folder.path, 'nodenext', 'nodenext');
    await compile(folder.path, 'esnext', 'bundler');

    for (const index of blocks.keys()) {
      await run(process.execPath, [`out-nodenext/example-${index}.js`], { cwd: folder.path, timeout: 60_000 });
    }
    const required = specifiers.map((specifier) => `require('${specifier}');`).join('');
    await writeFile(join(folder.path, 'required.cjs'), required);
    await run(process.execPath, ['--no-warnings', 'required.cjs'], { cwd: folder.path });
  },
  180_000,
);

/** Links a package that the consumer chooses itself; the workspace's copy spares fetching and building it once more. */
async function link(folder: string, name: string): Promise<void> {
  const target = join(folder, 'node_modules', name);
  await mkdir(dirname(target), { recursive: true });
  await symlink(await realpath(join(root, 'tooling/test-kit/node_modules', name)), target);
}

async function compile(folder: string, module: string, moduleResolution: string): Promise<void> {
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
  const config = join(folder, `tsconfig.${module}.json`);
  await writeFile(config, JSON.stringify({ compilerOptions, include: ['examples'] }));
  try {
    await run(process.execPath, [compiler, '-p', config], { cwd: folder, maxBuffer: 1 << 26 });
  } catch (error) {
    const output = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
    throw new Error(`the compiler refuses it under ${moduleResolution}:\n${output}`, { cause: error });
  }
}
