#!/usr/bin/env node
import { runFakeCommand } from './fake-ollama/command.js';

try {
  const running = await runFakeCommand(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));
  const stop = () => void running.close().then(() => process.exit(0));
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);
  process.once('disconnect', stop); // the parent of a forked fake is gone
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(2);
}
