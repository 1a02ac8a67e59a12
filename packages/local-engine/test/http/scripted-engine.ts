import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { createLocalEngine, type LocalEngineOptions, type RunnerCall } from '../../src/index.js';
import { fileEntry } from '../../src/testing/index.js';
import { type Script, type ScriptedRunners, scriptedRunners } from './scripted-runners.js';

/** An engine whose children a test writes, with the models `able` (all capabilities), `plain` (completion) and `vectors` (embedding). */
export interface ScriptedEngine extends AsyncDisposable, ScriptedRunners {
  readonly url: string;
  /** What was logged as a warning. */ readonly warnings: object[];
  /** Answers the calls from now on. */
  answer(script: Script | ((call: RunnerCall) => Script)): void;
  post(path: string, body: unknown, init?: RequestInit): Promise<Response>;
  /** The same, with the JSON of the answer. */
  ask(path: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }>;
  /** The call that was made last. */
  lastCall(): RunnerCall;
}

const abilities = { able: ['completion', 'tools', 'thinking'], plain: ['completion'], vectors: ['embedding'] };

/** See {@link ScriptedEngine}. */
export async function scriptedEngine(options: Partial<LocalEngineOptions> = {}): Promise<ScriptedEngine> {
  const folder = await temporaryFolder();
  let script: (call: RunnerCall) => Script = () => ({ pieces: ['hel', 'lo'] });
  const runners = scriptedRunners((call) => script(call));
  const warnings: object[] = [];
  const entries = await Promise.all(
    Object.entries(abilities).map(async ([name, capabilities]) => {
      const path = join(folder.path, `${name}.gguf`);
      await writeFile(path, `the header of ${name} is whatever the child says`);
      return { ...(await fileEntry(`${name}:latest`, path)), capabilities };
    }),
  );
  const engine = await createLocalEngine({
    ...{ dataDir: join(folder.path, 'data'), port: 0, catalog: entries, spawnRunner: runners.spawn },
    logger: { debug() {}, info() {}, warn: (fields) => void warnings.push(fields), error() {} },
    ...options,
  });
  const post: ScriptedEngine['post'] = (path, body, init = {}) =>
    fetch(`${engine.url}${path}`, {
      method: 'POST',
      ...init,
      headers: { 'content-type': 'application/json', ...init.headers },
      body: JSON.stringify(body),
    });
  for (const name of Object.keys(abilities)) await (await post('/api/pull', { model: name })).text();
  return {
    ...runners,
    url: engine.url,
    warnings,
    post,
    answer(next) {
      script = typeof next === 'function' ? next : () => next;
    },
    async ask(path, body) {
      const response = await post(path, body);
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
    lastCall() {
      const last = runners.calls.at(-1);
      if (!last) throw new Error('no call was made');
      return last.call;
    },
    async [Symbol.asyncDispose]() {
      await engine.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The objects of a stream of lines. */
export async function linesOf(response: Response): Promise<Record<string, unknown>[]> {
  return (await response.text())
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** The data of a stream of events. */
export async function eventsOf(response: Response): Promise<(Record<string, unknown> | '[DONE]')[]> {
  const text = await response.text();
  return text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => {
      const data = event.replace(/^data: /, '');
      return data === '[DONE]' ? data : JSON.parse(data);
    });
}
