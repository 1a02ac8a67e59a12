import type { ModelPoolErrorCode } from '../../../errors.js';
import type { FakeFaultKind } from '../../fake-ollama/faults.js';

/** What may come of a call to which a fault happens every time. */
export interface ExpectedOutcome {
  /** Codes that it may fail with. */
  readonly codes: readonly ModelPoolErrorCode[];
  /** Whether it may be answered. */
  readonly mayAnswer: boolean;
}

const fails = (...codes: ModelPoolErrorCode[]): ExpectedOutcome => ({ codes, mayAnswer: false });
const answers: ExpectedOutcome = { codes: [], mayAnswer: true };

/** What may come of each fault of the fake. */
export const expectedOutcomes: Readonly<Record<FakeFaultKind, ExpectedOutcome>> = {
  refuse: fails('backend-down'),
  silent: fails('first-token-timeout'),
  reset: fails('backend-down'),
  'reset-mid': fails('stream-broken'),
  'half-close': fails('backend-down'),
  'slow-headers': answers,
  'status-302': fails('configuration'),
  'status-400': fails('configuration'),
  'status-401': fails('configuration'),
  'status-403': fails('configuration'),
  'status-404': fails('model-missing'),
  'status-429': fails('overloaded'),
  'status-499': fails('load-failed'),
  'status-500': fails('load-failed'),
  'status-503': fails('overloaded'),
  'no-memory': fails('memory-insufficient'),
  'bad-line': fails('stream-broken'),
  'error-line': fails('stream-broken'),
  'no-done': fails('stream-broken'),
  'two-done': fails('stream-broken'),
  empty: fails('stream-broken'),
  html: fails('stream-broken'),
  'utf8-split': answers,
  'utf8-cut': fails('stream-broken'),
  'huge-line': fails('stream-broken'),
  gzip: fails('stream-broken'),
  'odd-characters': answers,
  repeat: fails('stream-broken'),
  endless: answers,
  'wrong-model': fails('stream-broken'),
  'bad-counts': answers,
  'nan-counts': fails('stream-broken'),
  'slow-load': answers,
  'load-stall': fails('load-timeout'),
  stall: fails('stalled'),
  trickle: fails('stalled'),
  'deaf-prefill': answers,
  'leak-slot': answers,
  'ps-lag': answers,
  evict: answers,
  reload: answers,
  restart: fails('stream-broken'),
  flap: fails('stream-broken'),
  'out-of-memory': fails('stream-broken'),
  'digest-change': answers,
};
