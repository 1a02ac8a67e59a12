import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { inject } from 'vitest';
import { createLocalEngine, type LocalEngine, type LocalEngineOptions } from '../src/index.js';
import { fileEntry } from '../src/testing/index.js';
import { type WatchedChild, watchedRunners } from './watched-runners.js';

/** One object of an answer; only what tests look at. */
export interface Line {
  readonly model: string;
  readonly done: boolean;
  readonly done_reason: string;
  readonly message: { readonly role: string; readonly content: string };
  readonly response: string;
  readonly error: string;
  readonly code: string;
  readonly status: string;
  readonly total_duration: number;
  readonly load_duration: number;
  readonly prompt_eval_count: number;
  readonly prompt_eval_duration: number;
  readonly eval_count: number;
  readonly eval_duration: number;
  readonly timings: Readonly<
    Record<'cache_n' | 'prompt_n' | 'prompt_ms' | 'predicted_n' | 'predicted_ms' | 'queue_ms', number>
  >;
}

/** An engine in an empty folder, with real children and a tiny model that is installed as `tiny:latest`. */
export interface TestEngine extends AsyncDisposable {
  readonly engine: LocalEngine;
  readonly url: string;
  readonly dataDir: string;
  /** The children that were started so far; none where a test has its own. */
  readonly children: readonly WatchedChild[];
  post(path: string, body: unknown, init?: RequestInit): Promise<Response>;
  /** All lines of an answer. */
  lines(response: Response): Promise<Line[]>;
}

/** Models: `tiny` ends after one sentence, `endless` never does. There is memory for both, whatever the machine has. */
export async function testEngine(
  options: Partial<LocalEngineOptions> & { install?: string[] } = {},
): Promise<TestEngine> {
  const folder = await temporaryFolder();
  const { install = ['tiny'], ...engineOptions } = options;
  const dataDir = join(folder.path, 'data');
  const { spawn, all } = watchedRunners();
  const engine = await createLocalEngine({
    dataDir,
    port: 0,
    runnerEntry: inject('runnerEntry'),
    runtimeDir: inject('runtimeDir'),
    spawnRunner: spawn,
    memory: { availableBytes: async () => 2 ** 40 },
    catalog: [
      await fileEntry('tiny:latest', inject('tinyPath')),
      await fileEntry('endless:latest', inject('endlessPath')),
    ],
    ...engineOptions,
  });
  const authorization: Record<string, string> = options.token ? { authorization: `Bearer ${options.token}` } : {};
  const post: TestEngine['post'] = (path, body, init = {}) =>
    fetch(`${engine.url}${path}`, {
      method: 'POST',
      ...init,
      headers: { 'content-type': 'application/json', ...authorization, ...init.headers },
      body: JSON.stringify(body),
    });
  const lines = async (response: Response) =>
    (await response.text())
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line));
  for (const name of install) await (await post('/api/pull', { model: name })).text();
  return {
    engine,
    url: engine.url,
    dataDir,
    children: all,
    post,
    lines,
    async [Symbol.asyncDispose]() {
      await engine.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
