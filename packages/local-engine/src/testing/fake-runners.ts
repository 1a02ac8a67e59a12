import type { FromRunner, GgufFacts, RunnerCall, RunnerResults, ToRunner } from '../runner/protocol.js';
import type { RunnerProcess, SpawnRunner } from '../types.js';

/** Options of {@link fakeRunners}. */
export interface FakeRunnersOptions {
  /** What every call for text is answered with. @defaultValue 'hello from a fake model' */
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
const residentBytes = 50_000_000;

/** See {@link FakeRunners}. */
export function fakeRunners(options: FakeRunnersOptions = {}): FakeRunners {
  const all: FakeRunner[] = [];
  const words = (options.text ?? 'hello from a fake model').split(/(?=\s)/);
  const spawn: SpawnRunner = () => {
    const received: ToRunner[] = [];
    let onMessage: (message: FromRunner) => void = () => {};
    const onExit: ((reason: string) => void)[] = [];
    let isOver = false;
    const emit = (message: FromRunner) => {
      if (!isOver) onMessage(message);
    };
    const end = (reason: string) => {
      if (isOver) return;
      isOver = true;
      for (const listener of onExit) listener(reason);
    };
    const later = (message: FromRunner) => void setImmediate(() => emit(message));
    const child: RunnerProcess = {
      pid: undefined,
      send(message) {
        received.push(message);
        if (options.isAnswering ?? true) for (const answer of answersTo(message, words)) later(answer);
      },
      onMessage(listener) {
        onMessage = listener;
      },
      onExit: (listener) => void onExit.push(listener),
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

function answersTo(message: ToRunner, words: readonly string[]): FromRunner[] {
  switch (message.type) {
    case 'inspect':
      return [{ type: 'inspected', facts }];
    case 'probe':
      return [{ type: 'probed', gpu: null, vramFreeBytes: 0, vramTotalBytes: 0, isUnified: false }];
    case 'examine':
      return [{ type: 'examined', version: '0.0.0', gpu: null, drivers: [] }];
    case 'load':
      return [{ type: 'ready', contextTokens: message.contextTokens, vramBytes: 0, residentBytes }];
    case 'ping':
      return [{ type: 'pong', residentBytes }];
    case 'call': {
      const { id, call } = message;
      const isText = call.kind === 'chat' || call.kind === 'raw';
      const pieces = (isText ? words : []).map(
        (text, index): FromRunner => ({
          ...{ type: 'delta', id, text, isThinking: false, inputTokens: 8, outputTokens: index + 1 },
        }),
      );
      return [...pieces, { type: 'done', id, result: resultOf(call, words.length) }];
    }
    case 'abort':
    case 'threads':
      return [];
  }
}

/** Likely answers: yes, the first choice, the lowest grade, one token for each word. */
function resultOf(call: RunnerCall, outputTokens: number): RunnerResults[keyof RunnerResults] {
  const wordsOf = (text: string) => text.split(/\s+/).filter((word) => word !== '');
  switch (call.kind) {
    case 'chat':
    case 'raw':
      return {
        ...{ reason: 'stop', cachedTokens: 0, promptTokens: 8, outputTokens, promptMs: 1, outputMs: 1, toolCalls: [] },
      };
    case 'embed':
      return { vectors: call.input.map(() => [0.6, 0.8]), promptTokens: call.input.flatMap(wordsOf).length };
    case 'decide':
      return {
        answers: Object.fromEntries(
          Object.entries(call.questions).map(([name, { type, criteria }]) => [name, decisionOf(type, criteria)]),
        ),
        promptTokens: 8,
        outputTokens: 1,
      };
    case 'tokenize':
      return { tokens: wordsOf(call.text).map((_, index) => index) };
    case 'template': {
      const prompt = call.messages.map(({ role, content }) => `${role}: ${content}`).join('\n');
      return { prompt, tokens: wordsOf(prompt).length };
    }
  }
}

function decisionOf(type: 'noul' | 'choice' | 'score', criteria: object): RunnerResults['decide']['answers'][string] {
  const names = Object.keys(criteria);
  const probabilities = Object.fromEntries(names.map((name, index) => [name, index === 0 ? 1 : 0]));
  if (type === 'noul') return { type, noul: 1 };
  return type === 'choice' ? { type, choice: names[0] ?? '', probabilities } : { type, score: 0, probabilities };
}
