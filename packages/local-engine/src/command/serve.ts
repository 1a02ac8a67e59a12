import { once } from 'node:events';
import { createLocalEngine } from '../engine.js';
import { systemSources } from '../sources/system-sources.js';
import type { Logger } from '../types.js';
import type { CommandContext } from './context.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import type { Command } from './parse-command.js';
import type { Printer } from './printer.js';
import { readToken } from './token.js';

/** Listens until the signal aborts. */
export async function serve(
  command: Extract<Command, { name: 'serve' }>,
  { dataDir, runnerEntry, environment, printer, signal, isJson }: CommandContext,
): Promise<ExitCode> {
  const { host, port, threads, slots, contextTokens, gpu, tokenFile } = command;
  const token = await readToken(environment, tokenFile);
  await using engine = await createLocalEngine({
    ...{ dataDir, runnerEntry, sources: systemSources({ environment }), logger: printedLog(printer) },
    ...(host !== null && { host }),
    ...(port !== null && { port }),
    ...(threads !== null && { threads }),
    ...(slots !== null && { slots }),
    ...(contextTokens !== null && { contextTokens }),
    ...(gpu !== null && { gpu }),
    ...(token !== null && { token }),
  });
  if (isJson) printer.document({ schema: 'tale.engine-serve/1', url: engine.url, pid: process.pid, dataDir });
  else printer.out(`listening on ${engine.url}`);
  if (!signal.aborted) await once(signal, 'abort');
  return exitCodes.done;
}

/** What went wrong, to stderr; normal events are in the answers. */
function printedLog(printer: Printer): Logger {
  const print = (level: string) => (fields: object, message: string) =>
    printer.note(`${level}: ${message} ${JSON.stringify(fields, plainError)}`);
  return { debug() {}, info() {}, warn: print('warn'), error: print('error') };
}

const plainError = (_key: string, value: unknown) => (value instanceof Error ? value.message : value);
