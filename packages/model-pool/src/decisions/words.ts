/** A time for people. */
export function sayMs(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1_000)} s`;
}

/** A size for people. */
export const sayBytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

/** A count with its noun. */
export const sayCount = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;

const codes: Readonly<Record<string, string>> = {
  overloaded: 'its server was busy',
  'model-missing': 'it is not installed',
  'memory-insufficient': 'the memory does not hold it',
  'memory-needed': 'another model works in its memory',
  'load-failed': 'it could not be loaded',
  'load-timeout': 'its load took too long',
  'first-token-timeout': 'no answer began in time',
  stalled: 'its answer stalled',
  'stream-broken': 'its answer broke off',
  'backend-down': 'its server does not answer',
  'context-too-long': 'the prompt is too long for it',
  'capability-missing': 'it cannot do this',
  rejected: 'its server rejected the request',
  refused: 'the gate refused',
  aborted: 'the call was ended',
  configuration: 'its server is not set up for this',
};

/** A code of a failure in words; other reasons are words already. */
export const sayReason = (reason: string) => codes[reason] ?? reason;
