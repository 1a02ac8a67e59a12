import { LocalEngineError } from '../errors.js';
import type { Clock, RunnerProcess } from '../types.js';
import type { CallResult, FromRunner, RunnerCall, TextPiece, ToRunner } from './protocol.js';

/** A child with its model loaded. */
export interface ModelChild {
  readonly contextTokens: number;
  residentBytes(): number;
  setThreads(threads: number): void;
  /**
   * One call at a time. An abort rejects when the child is free again.
   *
   * @throws {@link LocalEngineError} `context-exceeded`, `runner-crashed`; the signal's reason
   */
  answer(call: RunnerCall, options: { signal: AbortSignal; onText(piece: TextPiece): void }): Promise<CallResult>;
  /** Ends the child; resolves when the process is gone. */
  stop(): Promise<void>;
}

/** What a child is loaded with. */
export interface LoadOptions {
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

interface OpenCall {
  readonly id: number;
  readonly signal: AbortSignal;
  onText(piece: TextPiece): void;
  resolve(result: CallResult): void;
  reject(error: unknown): void;
}

/**
 * Loads a model in a child and watches over it: a child that misses three beats (thirty while it loads) is killed.
 *
 * @throws {@link LocalEngineError} `load-failed`, `runtime-missing`, `runner-crashed`
 */
export function loadModelChild({ process: child, clock, load, onProgress, onCrash }: LoadOptions): Promise<ModelChild> {
  return new Promise((resolve, reject) => {
    let open: OpenCall | null = null;
    let isReady = false;
    let isStopping = false;
    let isGone = false;
    let residentBytes = 0;
    let missedBeats = 0;
    let lastId = 0;
    let cancelBeat = () => {};
    const gone = new Promise<void>((resolveGone) => {
      child.onExit((reason) => {
        isGone = true;
        cancelBeat();
        const crash = new LocalEngineError('runner-crashed', crashText, { retryable: true, cause: new Error(reason) });
        reject(crash);
        open?.reject(crash);
        open = null;
        resolveGone();
        if (isReady && !isStopping) onCrash(reason);
      });
    });
    const beat = () => {
      cancelBeat = clock.after(beatMs, () => {
        if (isGone) return;
        if (missedBeats >= (isReady ? mostMissedBeats : mostMissedBeatsLoading)) return child.kill();
        missedBeats++;
        child.send({ type: 'ping' });
        beat();
      });
    };
    const stop = () => {
      isStopping = true;
      child.kill(); // a child holds nothing that must be saved
      return gone;
    };
    const settle = (id: number): OpenCall | null => {
      const call = open?.id === id ? open : null;
      if (call) open = null;
      return call;
    };

    child.onMessage((message: FromRunner) => {
      missedBeats = 0;
      switch (message.type) {
        case 'progress':
          return onProgress(message.progress);
        case 'ready':
          residentBytes = message.residentBytes;
          isReady = true;
          return resolve({
            contextTokens: message.contextTokens,
            residentBytes: () => residentBytes,
            setThreads: (threads) => child.send({ type: 'threads', threads }),
            answer,
            stop,
          });
        case 'pong':
          residentBytes = message.residentBytes;
          return;
        case 'delta':
          if (open?.id === message.id && !open.signal.aborted) open.onText(message);
          return;
        case 'prefill': // a sign of life and no more
        case 'inspected': // the answer to a question that is not asked here
          return;
        case 'done':
          return settle(message.id)?.resolve(message.result);
        case 'failure':
          if (message.id === null) {
            isStopping = true;
            reject(loadFailure(message.code, message.message));
            return child.kill();
          }
          return settle(message.id)?.reject(
            message.code === 'context-exceeded'
              ? new LocalEngineError('context-exceeded', message.message)
              : new LocalEngineError('runner-crashed', message.message, { retryable: message.code === 'internal' }),
          );
      }
    });
    child.send(load);
    beat();

    function answer(call: RunnerCall, { signal, onText }: Parameters<ModelChild['answer']>[1]): Promise<CallResult> {
      if (isGone) return Promise.reject(new LocalEngineError('runner-crashed', crashText, { retryable: true }));
      const id = ++lastId;
      const onAbort = () => child.send({ type: 'abort', id });
      return new Promise<CallResult>((resolveCall, rejectCall) => {
        open = { id, signal, onText, resolve: resolveCall, reject: rejectCall };
        signal.addEventListener('abort', onAbort, { once: true });
        child.send({ type: 'call', id, call });
        if (signal.aborted) onAbort();
      })
        .catch((error) => {
          throw signal.aborted ? signal.reason : error;
        })
        .finally(() => signal.removeEventListener('abort', onAbort));
    }
  });
}

function loadFailure(code: string, message: string): LocalEngineError {
  return code === 'runtime-missing'
    ? new LocalEngineError('runtime-missing', message)
    : new LocalEngineError('load-failed', `the model could not be loaded: ${message}`);
}
