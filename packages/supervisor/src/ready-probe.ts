import { get } from 'node:http';
import type { Clock } from './types.js';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;

/** Asks `url` after 100, 200 … 1,000 ms until it answers with a status below 500. Returns a function that ends the asking. */
export function startReadyProbe(url: string, clock: Pick<Clock, 'after'>, onReady: () => void): () => void {
  let isEnded = false;
  let cancel = () => {};
  const ask = (pauseMs: number) => {
    cancel = clock.after(pauseMs, async () => {
      const answered = await answers(url);
      if (isEnded) return;
      if (answered) onReady();
      else ask(Math.min(LONGEST_PAUSE_MS, pauseMs * 2));
    });
  };
  ask(FIRST_PAUSE_MS);
  return () => {
    isEnded = true;
    cancel();
  };
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: LONGEST_PAUSE_MS }, (response) => {
      response.destroy();
      resolve((response.statusCode ?? 500) < 500);
    });
    request.on('error', () => resolve(false));
    request.on('timeout', () => request.destroy());
  });
}
