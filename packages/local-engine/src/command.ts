#!/usr/bin/env node
import { createPrinter } from './command/printer.js';
import { runCommand } from './command/run-command.js';

const stopped = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.abort(signal));
process.exitCode = await runCommand(process.argv.slice(2), {
  environment: process.env,
  printer: createPrinter(process.stdout, process.stderr),
  signal: stopped.signal,
});
