import { mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callTool } from '@tale/mcp-transport/light';
import type { FakeOllama, FakeOllamaOptions } from '@tale/model-pool/testing';
import type { RuntimeFile, RuntimeServer, TaskView } from '@tale/protocol';
import { until } from '@tale/test-kit';
import Database from 'better-sqlite3';
import { prepareTinyModel, tiny } from './engine-models.js';
import { commandEnvironment } from './environment.js';
import { startFakeModels } from './fake-models.js';
import { command } from './places.js';
import { type FoundProcess, processesWith } from './processes.js';
import { type CommandOptions, type CommandResult, type RunningCommand, startCommand } from './running-command.js';

/** How an installation is set up. */
export interface TaleOptions {
  /** `fake`: an Ollama that is a fake; `engine`: no Ollama, tale's own engine with a tiny real model; `none`: neither. */
  readonly models?: 'fake' | 'engine' | 'none';
  readonly fake?: FakeOllamaOptions;
  /** Variables of every command. */
  readonly env?: NodeJS.ProcessEnv;
  /** File mode mask of every command, octal. @defaultValue the inherited one */
  readonly umask?: string;
}

/** An installation in a folder of its own, with the built command. Its servers are not running yet. */
export interface Tale extends AsyncDisposable {
  /** `TALE_HOME`. */
  readonly home: string;
  readonly dataFolder: string;
  /** @throws where there is none */
  readonly fake: FakeOllama;
  /** Runs `tale …` to its end. */
  run(args: readonly string[], options?: CommandOptions): Promise<CommandResult>;
  /** Starts `tale …`. */
  spawn(args: readonly string[], options?: CommandOptions): RunningCommand;
  runtime(): RuntimeFile;
  /** A server that is ready now. @throws where there is none */
  server(name: string): RuntimeServer;
  /** Resolves once another process than `formerPid` is ready as that server. */
  restarted(name: string, formerPid: number): Promise<RuntimeServer>;
  /** An HTTP request with the token. */
  api(server: string, path: string, init?: RequestInit): Promise<Response>;
  /** Calls a tool of the gateway. */
  call<Answer>(tool: string, args: object, idempotencyKey?: string): Promise<Answer>;
  /** Hands a task over without a word of the small model; resolves with its id. */
  submit(prompt: string): Promise<string>;
  /** A task as the gateway sees it. */
  task(taskId: string): Promise<TaskView>;
  /** The database, for reading. The caller closes it. */
  database(): Database.Database;
  /** Processes that belong to this installation. */
  processes(): FoundProcess[];
  /** Their commands, sorted. */
  running(): string[];
}

/** Makes an installation: `await using tale = await startTale()`. Disposed of, it must leave no process. */
export async function startTale(options: TaleOptions = {}): Promise<Tale> {
  const { models = 'fake', umask } = options;
  const home = mkdtempSync(join(tmpdir(), 'tale-e2e-'));
  const dataFolder = join(home, 'data');
  mkdirSync(join(home, 'home'));
  const fake = models === 'fake' ? await startFakeModels(options.fake) : null;
  if (models === 'engine') await prepareTinyModel(dataFolder);
  const env = commandEnvironment(home, {
    TALE_OLLAMA_URL: fake?.url ?? 'http://127.0.0.1:9',
    ...(models === 'engine' ? { TALE_MODELS_UX: tiny, TALE_MODELS_PLANNING: tiny } : {}),
    ...options.env,
  });
  const spawned: RunningCommand[] = [];

  function spawn(args: readonly string[], commandOptions: CommandOptions = {}): RunningCommand {
    const words = [process.execPath, command, ...args];
    const masked = umask === undefined ? words : ['/bin/sh', '-c', `umask ${umask}; exec "$@"`, 'sh', ...words];
    const started = startCommand(masked, { ...commandOptions, env: { ...env, ...commandOptions.env } });
    spawned.push(started);
    return started;
  }
  const run = (args: readonly string[], commandOptions?: CommandOptions) => spawn(args, commandOptions).ended;
  const runtime = () => JSON.parse(readFileSync(join(dataFolder, 'runtime.json'), 'utf8')) as RuntimeFile;
  const find = (name: string) => runtime().servers.find((server) => server.name === name);
  const server = (name: string): RuntimeServer => {
    const found = find(name);
    if (!found) throw new Error(`the server ${name} is not ready`);
    return found;
  };
  const processes = () => processesWith(home).filter(({ pid }) => pid !== process.pid);
  const running = () =>
    processes()
      .map(({ command: words }) => words)
      .sort();
  const api = (name: string, path: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${runtime().token}`, ...(init.headers as Record<string, string>) };
    return fetch(new URL(path, server(name).url), { ...init, headers });
  };
  const call = <Answer>(tool: string, args: object, idempotencyKey?: string) =>
    callTool<Answer>({
      url: server('gateway').url,
      token: runtime().token,
      name: tool,
      args,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });

  async function dispose(): Promise<void> {
    for (const each of spawned) each.signal('SIGKILL');
    await Promise.allSettled(spawned.map((each) => each.ended));
    const stopped = await run(['servers', 'stop']);
    await until('the last process', () => processes().length === 0, 3_000).catch(() => {});
    const left = running();
    for (const { pid } of processes()) process.kill(pid, 'SIGKILL');
    await fake?.close();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
    if (stopped.code !== 0) throw new Error(`servers stop: exit ${stopped.code}: ${stopped.stderr}`);
    if (left.length > 0) throw new Error(`left behind: ${left.join('; ')}`);
  }

  return {
    home,
    dataFolder,
    get fake() {
      if (!fake) throw new Error('this installation has no fake');
      return fake;
    },
    run,
    spawn,
    runtime,
    server,
    restarted: (name, formerPid) =>
      until(`the restart of ${name}`, () => {
        const found = find(name);
        return found !== undefined && found.pid !== formerPid && found;
      }),
    api,
    call,
    submit: async (prompt) => (await call<{ taskId: string }>('submit_task', { prompt, acknowledge: false })).taskId,
    task: async (taskId) => (await (await api('gateway', `/v1/tasks/${taskId}`)).json()) as TaskView,
    database: () => new Database(join(dataFolder, 'tale.db'), { readonly: true, fileMustExist: true }),
    processes,
    running,
    [Symbol.asyncDispose]: dispose,
  };
}
