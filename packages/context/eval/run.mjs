// node eval/run.mjs --data FOLDER [--json] …: figures of recall, gate, pins and windows on conversations with marked evidence. From source.
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'tsup';

const root = fileURLToPath(new URL('..', import.meta.url));
process.env.INIT_CWD ??= process.cwd(); // where relative paths start
process.chdir(root);
const folder = await mkdtemp(join(root, 'node_modules', '.eval-')); // inside the package, so that its dependencies are found
try {
  await build({
    entry: { main: join(root, 'src/eval/main.ts') },
    outDir: folder,
    format: 'esm',
    target: 'node20',
    config: false,
    silent: true,
  });
  const { main } = await import(pathToFileURL(join(folder, 'main.js')).href);
  await main(new URL('../package.json', import.meta.url));
} finally {
  await rm(folder, { recursive: true, force: true });
}
