import { CommanderError } from 'commander';
import { createOutput } from './output.js';
import { type BodyName, createProgram, flagsOf, meantWords } from './program.js';

// This file and what it imports are all that `--version` and `--help` load. Nothing of it is imported by the commands, so that the
// build needs no third file for what both would share.
const argv = process.argv.slice(2);
const output = createOutput(process, ({ stream, code }) => {
  process.exitCode ||= 1;
  if (stream === 'stdout') void sayFailedOutput(code);
});
const commands = () => import('./commands/index.js');
let options: Record<string, unknown> | null = null;

async function createPrinter() {
  const has = (flag: string) => argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined).includes(flag);
  // A usage error is found before commander knows the options.
  const known = options ?? { json: has('--json'), plain: has('--plain'), color: !has('--no-color') };
  const settings = {
    json: known.json === true,
    quiet: known.quiet === true,
    plain: known.plain === true,
    noColor: known.color === false,
    rawOutput: known.rawOutput === true,
  };
  return (await commands()).createPrinter(settings, output, process.env);
}

/** Said on stderr, which may still be there. */
async function sayFailedOutput(code: string): Promise<void> {
  const { describeSystemError } = await commands();
  output.writeError(`tale: stdout could not be written: ${describeSystemError(code)}\n`);
}

async function runBody(name: BodyName, positional: readonly unknown[], given: Record<string, unknown>): Promise<void> {
  options = given;
  const { createContext, [name]: body } = await commands();
  const context = createContext(await createPrinter(), given);
  await (body as (...received: unknown[]) => Promise<void>)(context, ...positional, given);
}

async function main(): Promise<void> {
  let errorText = '';
  const writeError = (text: string) => {
    errorText += text;
  };
  const program = createProgram(runBody, { writeOut: output.writeOut, writeError }, argv);
  try {
    await program.parseAsync(meantWords(program, argv), { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version end by an exception as well.
      if (error.exitCode === 0) return;
      if (error.code === 'commander.help' && program.args.length === 0)
        return output.writeOut(program.helpInformation());
    }
    const { reportFailure } = await commands();
    process.exitCode = await reportFailure(await createPrinter(), error, errorText, flagsOf(program, argv));
  }
}

let isFinished = false;
process.once('exit', () => {
  // Node exits with 0 when nothing is left to wait for, also in the middle of a command.
  if (!isFinished) process.exitCode ||= 70;
  if (output.failure()) process.exitCode ||= 1;
});
void main().finally(() => {
  isFinished = true;
});
