import { readFile } from 'node:fs/promises';
import { runCommand } from './run-command.js';

/** Starts the evaluation command with the package that this file belongs to. */
export async function main(packageFile: URL): Promise<void> {
  const { name, version } = JSON.parse(await readFile(packageFile, 'utf8')) as { name: string; version: string };
  process.exitCode = await runCommand({
    argv: process.argv.slice(2),
    startFolder: process.env['INIT_CWD'] ?? process.cwd(),
    databaseUrl: process.env['TALE_DATABASE_URL'],
    package: { name, version },
    writeOut: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
  });
}
