import { Worker } from 'node:worker_threads';
import { createTextCounter, type Ends } from './create-text-counter.js';

/** What is asked of the thread that counts. */
export type CountRequest =
  | { readonly kind: 'count'; readonly texts: readonly string[] }
  | { readonly kind: 'ends'; readonly text: string; readonly headTokens: number; readonly tailTokens: number };

/** Its answer: one number a text, or the ends. */
export type CountAnswer = readonly number[] | Ends;

/** A thread that counts; it keeps the process alive only while it owes answers. */
export interface CountWorker {
  /** Asks; rejects if the thread dies. */
  ask(request: CountRequest): Promise<CountAnswer>;
  /** Whether it owes answers. */
  isBusy(): boolean;
  /** Ends the thread; what it owes rejects. */
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (answer: CountAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Starts a thread that loads the tokenizer from `file`. Its program is text, so that it also runs where no file of ours can be found. */
export function startCountWorker(file: string): CountWorker {
  const worker = new Worker(workerSource, { eval: true, workerData: { file }, stderr: true });
  const waiting = new Map<number, Waiting>();
  let asked = 0;
  let failure: Error | null = null;

  function fail(error: Error): void {
    failure ??= error;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  }

  worker.unref();
  worker.on('message', ({ id, answer, error }: { id: number; answer: CountAnswer; error: string | null }) => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
    if (error === null) one?.resolve(answer);
    else one?.reject(new Error(error));
  });
  worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))));
  worker.on('exit', () => fail(new Error('The thread that counts tokens has ended.')));

  return {
    ask(request) {
      if (failure) return Promise.reject(failure);
      const id = asked++;
      worker.ref();
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, request });
      });
    },
    isBusy: () => waiting.size > 0,
    async close() {
      await worker.terminate();
    },
  };
}

/** Answers a request step by step. */
export function* answerCount(
  counter: ReturnType<typeof createTextCounter>,
  request: CountRequest,
): Generator<void, CountAnswer> {
  if (request.kind === 'ends') return yield* counter.ends(request.text, request.headTokens, request.tailTokens);
  const counts: number[] = [];
  for (const text of request.texts) counts.push(yield* counter.count(text));
  return counts;
}

const workerSource = `
const { parentPort, workerData } = require('node:worker_threads');
const { countTokens } = require(workerData.file);
const options = { disallowedSpecial: new Set() };
const counter = (${createTextCounter.toString()})((text) => countTokens(text, options));
const answerCount = ${answerCount.toString()};
parentPort.on('message', ({ id, request }) => {
  try {
    const steps = answerCount(counter, request);
    let step = steps.next();
    while (!step.done) step = steps.next();
    parentPort.postMessage({ id, answer: step.value, error: null });
  } catch (error) {
    parentPort.postMessage({ id, answer: null, error: String(error) });
  }
});
`;
