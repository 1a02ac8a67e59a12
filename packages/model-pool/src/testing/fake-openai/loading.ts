import type { FakeExchange } from '../fake-ollama/exchange.js';
import { faultDelayMs } from '../fake-ollama/faults.js';
import type { FakeState } from '../fake-ollama/state.js';
import { serverError } from './server-error.js';

/**
 * Whether a llama-server still loads its model, which it does from its start: for `loadMs`, or as long as a fault of loading
 * says, counted from when the fault was set.
 */
export function isLoading({ serves, clock, faults, timing, loadingFromMs }: FakeState): boolean {
  if (serves !== 'llama-server') return false;
  if (faults.find('load-stall') !== undefined) return true;
  const slow = faults.find('slow-load');
  const loadMs = slow === undefined ? timing.loadMs : faultDelayMs(slow);
  return clock.monotonicMs() - loadingFromMs() < loadMs;
}

/** Answers a request to a server that loads its model. Returns whether it did. */
export function refuseLoading(state: FakeState, exchange: FakeExchange): boolean {
  if (!isLoading(state)) return false;
  exchange.json(503, serverError(state.serves, 'Loading model', 503));
  return true;
}
