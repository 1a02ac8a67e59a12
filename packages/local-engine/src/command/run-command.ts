import { parseArgs } from 'node:util';
import { createLocalEngine, defaultRunnerEntry } from '../engine.js';
import { LocalEngineError } from '../errors.js';
import { memorySize } from '../memory/available.js';
import { type OfflineModels, openOfflineModels } from '../offline.js';
import type { PullEvent } from '../pull/events.js';
import { installRuntime } from '../runtime/install.js';
import { createManifests } from '../store/manifests.js';
import { placesOf } from '../store/places.js';
import { defaultDataDirectory } from './data-directory.js';
import { examine } from './doctor.js';
import type { Printer } from './printer.js';

const usage = `local-engine serve [--port 11435] [--host 127.0.0.1] [--token …]
local-engine pull <name> | add <file.gguf> [--name <name>] | remove <name> | list | verify
local-engine install-runtime | doctor
Everywhere: --data-dir <folder>, --runner <file>`;

/** What a command runs with. */
export interface CommandContext {
  readonly environment: NodeJS.ProcessEnv;
  readonly printer: Printer;
  /** Aborts on Ctrl+C. */ readonly signal: AbortSignal;
}

/** Runs one command. Returns the exit code: 0, 1 for a failure, 2 for a wrong call. */
export async function runCommand(argumentList: readonly string[], context: CommandContext): Promise<number> {
  try {
    return await dispatch(argumentList, context);
  } catch (error) {
    if (context.signal.aborted) return 130;
    const code = LocalEngineError.isInstance(error) ? error.code : 'error';
    context.printer.note(`${code}: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
}

async function dispatch(
  argumentList: readonly string[],
  { environment, printer, signal }: CommandContext,
): Promise<number> {
  const parsed = parse(argumentList);
  const [command, operand, ...rest] = parsed?.positionals ?? [];
  const needsOperand = command === 'pull' || command === 'add' || command === 'remove';
  if (!parsed || !command || rest.length > 0 || needsOperand !== (operand !== undefined)) {
    printer.note(usage);
    return 2;
  }
  const { values } = parsed;
  const dataDir = values['data-dir'] ?? defaultDataDirectory(environment);
  const runnerEntry = values.runner ?? defaultRunnerEntry();
  const onEvent = (event: PullEvent) => printEvent(event, printer);
  const offline = async (work: (models: OfflineModels) => Promise<number>) => {
    await using models = await openOfflineModels(dataDir, runnerEntry);
    return await work(models);
  };

  switch (command) {
    case 'serve': {
      await using engine = await createLocalEngine({
        dataDir,
        runnerEntry,
        ...(values.port !== undefined && { port: Number(values.port) }),
        ...(values.host !== undefined && { host: values.host }),
        ...(values.token !== undefined && { token: values.token }),
      });
      printer.out(`listening on ${engine.url}`);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      return 0;
    }
    case 'pull':
      return offline(async (models) => {
        const manifest = await models.pull(operand ?? '', { signal, onEvent });
        printer.out(`${manifest.name} from ${manifest.source}, ${memorySize(manifest.bytes)}`);
        return 0;
      });
    case 'add':
      return offline(async (models) => {
        const manifest = await models.add(operand ?? '', values.name ?? null, { signal, onEvent });
        printer.out(`${manifest.name}, ${memorySize(manifest.bytes)}`);
        return 0;
      });
    case 'remove':
      return offline(async ({ store }) => {
        const name = (operand ?? '').includes(':') ? (operand ?? '') : `${operand}:latest`;
        const manifest = await store.manifests.read(name);
        if (!manifest) throw new LocalEngineError('model-not-found', `model '${operand}' not found`);
        await store.remove(manifest);
        printer.out(`${name} removed`);
        return 0;
      });
    case 'list':
      for (const { name, bytes, source } of await createManifests(placesOf(dataDir)).list()) {
        printer.out(`${name.padEnd(32)} ${memorySize(bytes).padStart(10)}  ${source}`);
      }
      return 0;
    case 'verify':
      return offline(async ({ store }) => {
        let exitCode = 0;
        for (const manifest of await store.manifests.list()) {
          const result = await store.verified(manifest, signal).then(
            () => 'ok',
            (error: Error) => error.message,
          );
          if (result !== 'ok') exitCode = 1;
          printer.out(`${manifest.name.padEnd(32)} ${result}`);
        }
        return exitCode;
      });
    case 'install-runtime': {
      const { directory, isNew } = await installRuntime({
        dataDir,
        signal,
        environment,
        onProgress: ({ phase, doneBytes, totalBytes }) =>
          printer.progress(phase === 'wait' ? 'waiting for another installation' : share(doneBytes, totalBytes)),
      });
      printer.out(`${isNew ? 'installed' : 'present'} at ${directory}`);
      return 0;
    }
    case 'doctor':
      for (const line of await examine(dataDir, environment)) printer.out(line);
      return 0;
    default:
      printer.note(usage);
      return 2;
  }
}

function parse(argumentList: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...argumentList],
      allowPositionals: true,
      options: { 'data-dir': text, runner: text, port: text, host: text, token: text, name: text },
    });
  } catch {
    return null;
  }
}

const share = (done: number, total: number) =>
  `${memorySize(done)} of ${memorySize(total)} (${Math.floor((100 * done) / total)} %)`;

function printEvent(event: PullEvent, printer: Printer): void {
  switch (event.type) {
    case 'source-start':
      printer.note(`trying ${event.source}`);
      break;
    case 'source-error':
      printer.note(`${event.failure.source}: ${event.failure.code}: ${event.failure.message}`);
      break;
    case 'progress':
      printer.progress(share(event.doneBytes, event.totalBytes));
      break;
    case 'verify':
      printer.progress('verifying');
      break;
    case 'manifest':
      break;
  }
}
