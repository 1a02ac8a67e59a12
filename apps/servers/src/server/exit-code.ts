/** Exit code of a server process by the code of what failed: 2 configuration, 3 held by another, 4 port in use, 70 a bug. */
export function exitCodeOf(error: unknown): number {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (configuration.has(code)) return 2;
  if (code === 'locked' || code === 'data-directory-locked') return 3;
  if (code === 'port-taken' || code === 'EADDRINUSE') return 4;
  if (starting.has(code)) return 1;
  return 70;
}

const configuration = new Set([
  'configuration',
  'syntax',
  'duplicate-key',
  'unknown-key',
  'wrong-type',
  'out-of-range',
  'unsafe-file',
  'data-unsafe',
  'storage-failed',
  'refused-by-child',
  'runtime-file-unsafe',
  'not-writable',
]);
const starting = new Set(['start-timeout', 'crash-loop', 'closed']);
