import type { TaleErrorCode } from '@tale/protocol';

/** Exit codes of the `tale` command. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  configuration: 3,
  notFound: 4,
  unavailable: 5,
  budget: 6,
  timeLimit: 7,
  approval: 8,
  bug: 70,
  interrupted: 130,
  terminated: 143,
} as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The exit code of every failure that tale's apps report; total by its type. */
export const exitCodeByError: Readonly<Record<TaleErrorCode, ExitCode>> = {
  overloaded: exitCodes.unavailable,
  'model-missing': exitCodes.unavailable,
  'memory-insufficient': exitCodes.unavailable,
  'load-failed': exitCodes.unavailable,
  'load-timeout': exitCodes.unavailable,
  'first-token-timeout': exitCodes.unavailable,
  stalled: exitCodes.unavailable,
  'stream-broken': exitCodes.unavailable,
  'backend-down': exitCodes.unavailable,
  'context-too-long': exitCodes.failed,
  'capability-missing': exitCodes.unavailable,
  rejected: exitCodes.failed,
  refused: exitCodes.budget,
  aborted: exitCodes.failed,
  configuration: exitCodes.configuration,

  'task-not-found': exitCodes.notFound,
  'ambiguous-id': exitCodes.notFound,
  'key-conflict': exitCodes.usage,
  'lease-lost': exitCodes.failed,
  deadline: exitCodes.timeLimit,
  poison: exitCodes.failed,
  cancelled: exitCodes.failed,
  shutdown: exitCodes.failed,
  'handler-failed': exitCodes.failed,
  'not-retryable': exitCodes.usage,

  'prompt-empty': exitCodes.usage,
  'prompt-too-long': exitCodes.usage,
  'invalid-request': exitCodes.usage,
  'invalid-task': exitCodes.usage,
  'invalid-option': exitCodes.usage,
  'invalid-options': exitCodes.usage,
  'invalid-argument': exitCodes.usage,
  unauthorized: exitCodes.configuration,
  forbidden: exitCodes.configuration,
  'not-found': exitCodes.notFound,
  'method-not-allowed': exitCodes.bug,
  'too-large': exitCodes.usage,
  'unsupported-media-type': exitCodes.bug,
  'rate-limited': exitCodes.unavailable,

  'storage-busy': exitCodes.unavailable,
  'storage-failed': exitCodes.unavailable,
  'store-failed': exitCodes.unavailable,
  'disk-full': exitCodes.unavailable,
  'data-unsafe': exitCodes.configuration,
  'unsafe-file': exitCodes.configuration,
  'not-writable': exitCodes.configuration,
  'invalid-id': exitCodes.usage,
  'invalid-operation': exitCodes.bug,
  'invalid-value': exitCodes.bug,
  'checkpoint-too-large': exitCodes.failed,
  conflict: exitCodes.failed,
  'unknown-format': exitCodes.configuration,

  'servers-down': exitCodes.unavailable,
  'start-failed': exitCodes.unavailable,
  'start-timeout': exitCodes.unavailable,
  'crash-loop': exitCodes.unavailable,
  'refused-by-child': exitCodes.configuration,
  'runtime-file-unsafe': exitCodes.configuration,
  locked: exitCodes.unavailable,
  'port-taken': exitCodes.unavailable,
  'models-unavailable': exitCodes.unavailable,
  'shutting-down': exitCodes.unavailable,
  closed: exitCodes.unavailable,
  internal: exitCodes.bug,

  syntax: exitCodes.configuration,
  'duplicate-key': exitCodes.configuration,
  'unknown-key': exitCodes.configuration,
  'wrong-type': exitCodes.configuration,
  'out-of-range': exitCodes.configuration,
  untrusted: exitCodes.configuration,

  busy: exitCodes.unavailable,
  'context-exceeded': exitCodes.failed,
  'data-directory-locked': exitCodes.unavailable,
  'hash-mismatch': exitCodes.unavailable,
  'insufficient-memory': exitCodes.unavailable,
  'invalid-catalog': exitCodes.configuration,
  'invalid-gguf': exitCodes.unavailable,
  'model-not-found': exitCodes.notFound,
  'not-in-catalog': exitCodes.notFound,
  'not-supported': exitCodes.usage,
  'pull-failed': exitCodes.unavailable,
  'runner-crashed': exitCodes.unavailable,
  'runtime-install-failed': exitCodes.unavailable,
  'runtime-missing': exitCodes.unavailable,
  'source-failed': exitCodes.unavailable,
  'source-unavailable': exitCodes.unavailable,
  'source-unreachable': exitCodes.unavailable,

  'conversation-closed': exitCodes.notFound,
  'seq-conflict': exitCodes.unavailable,
  'window-too-small': exitCodes.failed,
  'message-too-large': exitCodes.usage,
  'invalid-import': exitCodes.usage,
  'tool-pair-broken': exitCodes.failed,
  'store-busy': exitCodes.unavailable,
  'store-full': exitCodes.unavailable,
  'summary-failed': exitCodes.failed,

  connect: exitCodes.unavailable,
  timeout: exitCodes.timeLimit,
  'stream-lost': exitCodes.unavailable,
  'breaker-open': exitCodes.unavailable,
  protocol: exitCodes.bug,
  version: exitCodes.unavailable,
  'unknown-tool': exitCodes.bug,
  'tool-error': exitCodes.failed,
  'input-required': exitCodes.approval,

  usage: exitCodes.usage,
  config: exitCodes.configuration,
  interrupted: exitCodes.interrupted,
  'connection-lost': exitCodes.unavailable,
};

/** Codes of single packages that reach the command through a failed task. */
const exitCodeByPackageError: Readonly<Record<string, ExitCode>> = {
  'budget-exceeded': exitCodes.budget,
  'approval-denied': exitCodes.approval,
};

/** Exit code of a failure; a code that only a stranger's server knows means a failed task. */
export function exitCodeOf(code: string): ExitCode {
  if (Object.hasOwn(exitCodeByError, code)) return exitCodeByError[code as TaleErrorCode];
  return Object.hasOwn(exitCodeByPackageError, code) ? exitCodeByPackageError[code]! : exitCodes.failed;
}
