import { inject } from 'vitest';
import { importRuntime } from '../../../src/runner/child/runtime.js';
import { type RunnerHost, serveRunner } from '../../../src/runner/child/serve.js';
import { systemThreadMeter } from '../../../src/runner/child/thread-meter.js';
import type { FromRunner, ResultOf, RunnerCall, Sampling, TextCall, ToRunner } from '../../../src/runner/protocol.js';

/** Always the likeliest token. */
export const greedy: Sampling = {
  ...{ temperature: 0, topK: 40, topP: 0.9, minP: 0, seed: 1, stop: [] },
  ...{ repeatPenalty: 1, repeatLastTokens: 64, presencePenalty: 0, frequencyPenalty: 0 },
};

/** A conversation of one message, with changes. */
export function chatCall(
  changes: Partial<Extract<TextCall, { kind: 'chat' }>> = {},
): Extract<TextCall, { kind: 'chat' }> {
  return {
    ...{ kind: 'chat', messages: [{ role: 'user', content: 'hi' }], truncate: true, tools: [], think: null },
    ...{ maxTokens: 60, sampling: greedy, format: null, ...changes },
  };
}

/** What was heard of one call. */
export interface Heard<Call extends RunnerCall = TextCall> {
  readonly text: string;
  readonly thinking: string;
  readonly unenforced: readonly string[];
  readonly messages: readonly FromRunner[];
  readonly end: FromRunner;
  /** Throws where the call failed. */ readonly result: ResultOf<Call>;
}

/** The serving part of a child in this process, with the real runtime. */
export interface TestChild {
  readonly heard: readonly FromRunner[];
  say(message: ToRunner): void;
  /** The first message of a kind since `from`. */
  hear<Type extends FromRunner['type']>(type: Type, from?: number): Promise<Extract<FromRunner, { type: Type }>>;
  load(modelPath: string, changes?: Partial<Extract<ToRunner, { type: 'load' }>>): Promise<FromRunner>;
  /** Asks and waits for the end. `onMessage` hears of it on the way; `abort` may be called from there. */
  ask<Call extends RunnerCall>(
    call: Call,
    options?: { priority?: number; maxThreads?: number; onMessage?(message: FromRunner, abort: () => void): void },
  ): Promise<Heard<Call>>;
}

/** See {@link TestChild}. */
export function testChild(overrides: Partial<RunnerHost> = {}): TestChild {
  const heard: FromRunner[] = [];
  const listeners = new Set<(message: FromRunner) => void>();
  let say: (message: ToRunner) => void = () => {};
  let lastId = 0;
  let toolCalls = 0;
  serveRunner({
    send(message) {
      heard.push(message);
      for (const listener of [...listeners]) listener(message);
    },
    onMessage(listener) {
      say = listener;
    },
    importRuntime,
    residentBytes: () => 7,
    meter: systemThreadMeter,
    createId: () => `call_${++toolCalls}`,
    ...overrides,
  });
  const next = (isWanted: (message: FromRunner) => boolean) =>
    new Promise<FromRunner>((resolve) => {
      const listener = (message: FromRunner) => {
        if (!isWanted(message)) return;
        listeners.delete(listener);
        resolve(message);
      };
      listeners.add(listener);
    });
  return {
    heard,
    say: (message) => say(message),
    async hear(type, from = 0) {
      const found =
        heard.slice(from).find((message) => message.type === type) ?? (await next((each) => each.type === type));
      return found as Extract<FromRunner, { type: typeof type }>;
    },
    load(modelPath, changes = {}) {
      const end = next(({ type }) => type === 'ready' || type === 'failure');
      say({
        ...{ type: 'load', modelPath, runtimeDir: inject('runtimeDir'), contextTokens: 512, threads: 1, slots: 1 },
        ...{ areThreadsFixed: false, batchTokens: 128, gpuLayers: 0, ...changes },
      });
      return end;
    },
    async ask(call, { priority = 5, maxThreads = null, onMessage } = {}) {
      const id = ++lastId;
      const messages: FromRunner[] = [];
      const listen = (message: FromRunner) => {
        if (!('id' in message) || message.id !== id) return;
        messages.push(message);
        onMessage?.(message, () => say({ type: 'abort', id }));
      };
      listeners.add(listen);
      const ended = next(
        (message) => 'id' in message && message.id === id && ['done', 'failure'].includes(message.type),
      );
      say({ type: 'call', id, call, priority, maxThreads });
      const end = await ended;
      listeners.delete(listen);
      const textOf = (isThinking: boolean) =>
        messages.map((each) => (each.type === 'delta' && each.isThinking === isThinking ? each.text : '')).join('');
      return {
        ...{ messages, end, text: textOf(false), thinking: textOf(true) },
        unenforced: messages.flatMap((each) => (each.type === 'unenforced' ? each.keywords : [])),
        get result() {
          if (end.type !== 'done') throw new Error(JSON.stringify(end));
          return end.result as ResultOf<typeof call>;
        },
      };
    },
  };
}
