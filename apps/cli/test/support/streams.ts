import { PassThrough } from 'node:stream';
import type { WriteStream } from 'node:tty';
import { type CommandContext, createContext } from '../../src/context.js';
import { createOutput } from '../../src/output.js';
import { createPrinter, type PrinterSettings } from '../../src/printer.js';
import type { Home } from './home.js';

/** What was written, and a stream that takes it. */
export interface Recorded {
  readonly stream: WriteStream;
  readonly text: () => string;
}

export function recordStream(isTTY = false, columns = 80): Recorded {
  let text = '';
  const stream = new PassThrough() as unknown as WriteStream;
  Object.assign(stream, { isTTY, columns });
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
  });
  return { stream, text: () => text };
}

/** A command's context whose output is recorded. */
export interface TestContext {
  readonly context: CommandContext;
  readonly out: () => string;
  readonly err: () => string;
  /** The one document on stdout. */
  readonly document: () => Record<string, unknown>;
}

export interface TestContextOptions extends Partial<PrinterSettings> {
  readonly stdoutTerminal?: boolean;
  readonly stderrTerminal?: boolean;
  readonly canAsk?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

export function createTestContext(home: Pick<Home, 'folders' | 'env'>, options: TestContextOptions = {}): TestContext {
  const stdout = recordStream(options.stdoutTerminal);
  const stderr = recordStream(options.stderrTerminal);
  const env = { ...home.env, ...options.env };
  const settings = { json: false, quiet: false, plain: false, noColor: false, rawOutput: false, ...options };
  const printer = createPrinter(settings, createOutput({ stdout: stdout.stream, stderr: stderr.stream }), env);
  const context = { ...createContext(printer, {}), env, folders: home.folders, canAsk: () => options.canAsk ?? false };
  return { context, out: stdout.text, err: stderr.text, document: () => JSON.parse(stdout.text()) };
}
