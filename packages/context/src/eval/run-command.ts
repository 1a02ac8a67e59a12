import { writeFile } from 'node:fs/promises';
import { readArguments, UsageError } from './arguments.js';
import { evaluate } from './evaluate.js';
import type { ContextReport } from './report-schema.js';

/** Where the command reads and writes. */
export interface CommandParts {
  readonly argv: readonly string[];
  /** Where relative paths start. */
  readonly startFolder: string;
  readonly databaseUrl: string | undefined;
  readonly package: { readonly name: string; readonly version: string };
  writeOut(text: string): void;
  writeError(text: string): void;
}

/** Runs the evaluation command. Resolves with its exit code: 0 report written, 1 a goal failed with `--check`, 2 bad data or arguments. */
export async function runCommand(parts: CommandParts): Promise<number> {
  const { argv, startFolder, databaseUrl, writeOut, writeError } = parts;
  try {
    const options = readArguments(argv, startFolder);
    const progress = (line: string) => writeError(`${line}\n`);
    const report = await evaluate({ arguments: options, databaseUrl, package: parts.package, progress });
    const line = JSON.stringify(report);
    if (options.outFile !== null) await writeFile(options.outFile, `${line}\n`);
    writeOut(options.isJson ? `${line}\n` : table(report));
    return options.isCheck && report.goals.some(({ status }) => status === 'fail') ? 1 : 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    writeError(`${error.message}\n`);
    return 2;
  }
}

function table({ goals }: ContextReport): string {
  return goals
    .flatMap(({ id, status, reason, parts }) => [
      `${id.padEnd(4)} ${status}${reason === '' ? '' : `  ${reason}`}`,
      ...parts.map(({ path, op, target, value }) => `       ${path} = ${value.value} (${op} ${target})`),
    ])
    .map((line) => `${line}\n`)
    .join('');
}
