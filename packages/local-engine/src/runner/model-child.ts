import { LocalEngineError } from '../errors.js';
import type { Clock, RunnerProcess } from '../types.js';
import type { CallEvents } from './call.js';
import { createOpenCalls } from './open-calls.js';
import type { FromRunner, ResultOf, RunnerCall, RunnerFailureCode, ToRunner } from './protocol.js';
import { expectedGapMs } from './stall.js';

/** A child with its model loaded. */
export interface ModelChild {
  /** Context of each slot. */ readonly contextTokens: number;
  /** Memory of GPUs that the model took. */ readonly vramBytes: number;
  residentBytes(): number;
  /** The most that it was seen to hold. */
  peakBytes(): number;
  /** Grants so many threads at most. */
  setThreads(threads: number): void;
  /**
   * At most as many calls at a time as the child has slots. An abort rejects when the slot is free again.
   *
   * @throws {@link LocalEngineError} `context-exceeded`, `invalid-request`, `runner-crashed`; the signal's reason
   */
  answer<Call extends RunnerCall>(call: Call, options: AnswerOptions): Promise<ResultOf<Call>>;
  /** Ends the child; resolves when the process is gone. */
  stop(): Promise<void>;
}

/** What a child is asked with. */
export interface AnswerOptions extends CallEvents {
  readonly signal: AbortSignal;
  /** 0 to 9, 9 is the most urgent. */
  readonly priority: number;
  /** Most threads; `null` = what the child has. */
  readonly maxThreads: number | null;
}

/** What a child is loaded with. */
export interface LoadOptions {
  /** Name of the model, for refusals. */ readonly name: string;
  readonly process: RunnerProcess;
  readonly clock: Clock;
  readonly load: Extract<ToRunner, { type: 'load' }>;
  onProgress(progress: number): void;
  /** The child is gone without having been stopped. */
  onCrash(reason: string): void;
}

/** Text of the error that open calls of a dead child get, in Ollama's words. */
export const crashText = 'model runner has unexpectedly stopped';

const beatMs = 2_000;
const mostMissedBeats = 3;
/** A child that starts imports megabytes of code in one go; on a busy machine it is silent for long. */
const mostMissedBeatsLoading = 30;
/** Progress comes two hundred times in a load; what comes before and after it takes seconds. */
const mostLoadGapMs = 120_000;

/**
 * Loads a model in a child and watches over it: a child that misses three beats (thirty while it loads), whose load makes no progress
 * for two minutes, or all of whose calls are silent for too long, is killed.
 *
 * @throws {@link LocalEngineError} `load-failed`, `runtime-missing`, `runner-crashed`
 */
export function loadModelChild(options: LoadOptions): Promise<ModelChild> {
  const { name, process: child, clock, load, onProgress, onCrash } = options;
  return new Promise((resolve, reject) => {
    const calls = createOpenCalls(clock.now);
    let isReady = false;
    let isStopping = false;
    let isGone = false;
    let residentBytes = 0;
    let peakBytes = 0;
    let missedBeats = 0;
    let killedFor: string | null = null;
    let progressAtMs = clock.now();
    let cancelBeat = () => {};
    const gone = new Promise<void>((resolveGone) => {
      child.onExit((exit) => {
        isGone = true;
        cancelBeat();
        const reason = killedFor === null ? exit : `${killedFor}; ${exit}`;
        const crash = new LocalEngineError('runner-crashed', crashText, { retryable: true, cause: new Error(reason) });
        reject(crash);
        calls.rejectAll(crash);
        resolveGone();
        if (isReady && !isStopping) onCrash(reason);
      });
    });
    const kill = (why: string) => {
      killedFor = why;
      child.kill();
    };
    const beat = () => {
      cancelBeat = clock.after(beatMs, () => {
        if (isGone) return;
        if (missedBeats >= (isReady ? mostMissedBeats : mostMissedBeatsLoading)) return kill('no sign of life');
        if (!isReady && clock.now() - progressAtMs > mostLoadGapMs) return kill('the load made no progress');
        if (calls.hasStalled()) return kill('no call made progress');
        missedBeats++;
        child.send({ type: 'ping' });
        beat();
      });
    };
    const seeMemory = (bytes: number) => {
      residentBytes = bytes;
      peakBytes = Math.max(peakBytes, bytes);
    };
    const stop = () => {
      isStopping = true;
      child.kill(); // a child holds nothing that must be saved
      return gone;
    };

    child.onMessage((message: FromRunner) => {
      missedBeats = 0;
      switch (message.type) {
        case 'progress':
          progressAtMs = clock.now();
          return onProgress(message.progress);
        case 'ready': {
          seeMemory(message.residentBytes);
          isReady = true;
          const { contextTokens, vramBytes } = message;
          const setThreads = (threads: number) => child.send({ type: 'threads', threads });
          const memory = { residentBytes: () => residentBytes, peakBytes: () => peakBytes };
          return resolve({ contextTokens, vramBytes, ...memory, setThreads, answer, stop });
        }
        case 'pong':
          return seeMemory(message.residentBytes);
        case 'delta':
        case 'prefill':
        case 'working':
        case 'unenforced':
          return calls.hear(message);
        case 'probed': // answers to questions that are not asked here
        case 'examined':
        case 'inspected':
          return;
        case 'done':
          return calls.close(message.id)?.resolve(message.result);
        case 'failure':
          if (message.id !== null)
            return calls.close(message.id)?.reject(callFailure(name, message.code, message.message));
          isStopping = true;
          reject(loadFailure(message.code, message.message));
          return child.kill();
      }
    });
    child.send(load);
    beat();

    function answer<Call extends RunnerCall>(call: Call, answerOptions: AnswerOptions): Promise<ResultOf<Call>> {
      if (isGone) return Promise.reject(new LocalEngineError('runner-crashed', crashText, { retryable: true }));
      const { signal, priority, maxThreads } = answerOptions;
      let onAbort = () => {};
      return new Promise<ResultOf<Call>>((resolveCall, rejectCall) => {
        const settle = resolveCall as (result: unknown) => void; // a call of this kind has a result of this kind
        const id = calls.open({
          ...{ expectedGapMs: expectedGapMs(call), signal, events: answerOptions },
          ...{ resolve: settle, reject: rejectCall },
        });
        onAbort = () => child.send({ type: 'abort', id });
        signal.addEventListener('abort', onAbort, { once: true });
        child.send({ type: 'call', id, call, priority, maxThreads });
        if (signal.aborted) onAbort();
      })
        .catch((error) => {
          throw signal.aborted ? signal.reason : error;
        })
        .finally(() => signal.removeEventListener('abort', onAbort));
    }
  });
}

function loadFailure(code: RunnerFailureCode, message: string): LocalEngineError {
  return code === 'runtime-missing'
    ? new LocalEngineError('runtime-missing', message)
    : new LocalEngineError('load-failed', `the model could not be loaded: ${message}`);
}

function callFailure(name: string, code: RunnerFailureCode, message: string): LocalEngineError {
  switch (code) {
    case 'context-exceeded':
      return new LocalEngineError('context-exceeded', message);
    case 'invalid-format':
      return new LocalEngineError('invalid-request', message);
    case 'not-capable':
      return new LocalEngineError('invalid-request', `${JSON.stringify(name)} ${message}`, { model: name });
    default:
      return new LocalEngineError('runner-crashed', message, { retryable: code === 'internal' });
  }
}
