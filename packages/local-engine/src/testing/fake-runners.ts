import type { CallResult, FromRunner, GgufFacts, ToRunner } from '../runner/protocol.js';
import type { RunnerProcess, SpawnRunner } from '../types.js';

/** Options of {@link fakeRunners}. */
export interface FakeRunnersOptions {
  /** What every call is answered with. @defaultValue 'hello from a fake model' */
  readonly text?: string;
  /** Whether messages are answered; else a test sends with {@link FakeRunner.emit}. @defaultValue true */
  readonly isAnswering?: boolean;
}

/** One child that is none. */
export interface FakeRunner {
  /** What it was sent, in order. */ readonly received: readonly ToRunner[];
  /** Whether it was killed. */ readonly isKilled: boolean;
  /** Sends a message to the engine. */
  emit(message: FromRunner): void;
  /** Ends it as a crash does. */
  crash(reason?: string): void;
}

/** Children without processes and models, for tests of what stands above them. */
export interface FakeRunners {
  /** The option `spawnRunner`. */ readonly spawn: SpawnRunner;
  /** All children so far. */ readonly all: readonly FakeRunner[];
}

const facts: GgufFacts = {
  ...{ architecture: 'llama', parameters: '1M', quantization: 'F32', blocks: 1, kvHeads: 1, headDim: 16 },
  ...{
    embedding: 16,
    vocabulary: 300,
    contextTokens: 2_048,
    template: null,
    metadata: { 'general.architecture': 'llama' },
  },
};

/** See {@link FakeRunners}. */
export function fakeRunners(options: FakeRunnersOptions = {}): FakeRunners {
  const all: FakeRunner[] = [];
  const words = (options.text ?? 'hello from a fake model').split(/(?=\s)/);
  const spawn: SpawnRunner = () => {
    const received: ToRunner[] = [];
    let onMessage: (message: FromRunner) => void = () => {};
    let onExit: (reason: string) => void = () => {};
    let isOver = false;
    const emit = (message: FromRunner) => {
      if (!isOver) onMessage(message);
    };
    const end = (reason: string) => {
      if (isOver) return;
      isOver = true;
      onExit(reason);
    };
    const later = (message: FromRunner) => void setImmediate(() => emit(message));
    const answer = (message: ToRunner) => {
      if (message.type === 'inspect') later({ type: 'inspected', facts });
      if (message.type === 'load')
        later({ type: 'ready', contextTokens: message.contextTokens, residentBytes: 50_000_000 });
      if (message.type === 'ping') later({ type: 'pong', residentBytes: 50_000_000 });
      if (message.type === 'call') {
        for (const [index, text] of words.entries())
          later({ type: 'delta', id: message.id, text, inputTokens: 8, outputTokens: index + 1 });
        later({ type: 'done', id: message.id, result: resultOf(words.length) });
      }
    };
    const child: RunnerProcess = {
      pid: undefined,
      send(message) {
        received.push(message);
        if (options.isAnswering ?? true) answer(message);
      },
      onMessage(listener) {
        onMessage = listener;
      },
      onExit(listener) {
        onExit = listener;
      },
      kill: () => void setImmediate(() => end('signal SIGKILL')),
    };
    all.push({
      received,
      get isKilled() {
        return isOver;
      },
      emit,
      crash: (reason = 'signal SIGSEGV') => end(reason),
    });
    return child;
  };
  return { spawn, all };
}

const resultOf = (outputTokens: number): CallResult => ({
  ...{ reason: 'stop', cachedTokens: 0, promptTokens: 8, outputTokens, promptMs: 1, outputMs: 1 },
});
