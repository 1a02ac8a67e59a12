import type { SpawnRunner } from '../../src/index.js';
import type { CallResult, FromRunner, RunnerCall, RunnerResults, ToRunner } from '../../src/runner/protocol.js';
import { fakeRunners } from '../../src/testing/index.js';

/** How a child answers one call. */
export interface Script {
  /** Pieces of text; those that begin with `~` are thinking. */
  readonly pieces?: readonly string[];
  /** Keywords of the schema that the answer breaks. */
  readonly unenforced?: readonly string[];
  /** The end, on top of a plain one; `null` = it never comes. */
  readonly result?: Partial<CallResult> | Exclude<RunnerResults[keyof RunnerResults], CallResult> | null;
  /** Fails instead of ending. */
  readonly failure?: Pick<Extract<FromRunner, { type: 'failure' }>, 'code' | 'message'>;
}

/** Children whose answers a test writes, and what they were sent. */
export interface ScriptedRunners {
  readonly spawn: SpawnRunner;
  readonly calls: Extract<ToRunner, { type: 'call' }>[];
  readonly loads: Extract<ToRunner, { type: 'load' }>[];
  readonly aborted: number[];
}

/** Children that load at once and answer as `script` says; an abort frees them. */
export function scriptedRunners(script: (call: RunnerCall) => Script = () => ({})): ScriptedRunners {
  const calls: ScriptedRunners['calls'] = [];
  const loads: ScriptedRunners['loads'] = [];
  const aborted: number[] = [];
  const fakes = fakeRunners();
  const spawn: SpawnRunner = (entry) => {
    const child = fakes.spawn(entry);
    let emit: (message: FromRunner) => void = () => {};
    const later = (message: FromRunner) => void setImmediate(() => emit(message));
    return {
      ...child,
      onMessage(listener) {
        emit = listener;
        child.onMessage(listener);
      },
      send(message) {
        if (message.type === 'load') loads.push(message);
        if (message.type === 'abort') {
          aborted.push(message.id);
          return later({ type: 'failure', id: message.id, code: 'aborted', message: 'aborted' });
        }
        if (message.type !== 'call') return child.send(message);
        calls.push(message);
        for (const answer of answersOf(message.id, script(message.call))) later(answer);
      },
    };
  };
  return { spawn, calls, loads, aborted };
}

function answersOf(id: number, { pieces = [], unenforced, result, failure }: Script): FromRunner[] {
  const deltas = pieces.map((text, index): FromRunner => {
    const isThinking = text.startsWith('~');
    return {
      ...{ type: 'delta', id, text: isThinking ? text.slice(1) : text },
      ...{ isThinking, inputTokens: 8, outputTokens: index + 1 },
    };
  });
  const before: FromRunner[] = unenforced ? [{ type: 'unenforced', id, keywords: unenforced }] : [];
  if (failure) return [...before, ...deltas, { type: 'failure', id, ...failure }];
  if (result === null) return [...before, ...deltas];
  const plain: CallResult = {
    ...{ reason: 'stop', cachedTokens: 5, promptTokens: 3, outputTokens: pieces.length },
    ...{ promptMs: 1, outputMs: 1, toolCalls: [] },
  };
  return [...before, ...deltas, { type: 'done', id, result: { ...plain, ...result } }];
}
