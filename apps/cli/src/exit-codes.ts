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

  'prompt-empty': exitCodes.usage,
  'prompt-too-long': exitCodes.usage,
  'invalid-request': exitCodes.usage,
  unauthorized: exitCodes.configuration,
  forbidden: exitCodes.configuration,
  'not-found': exitCodes.notFound,
  'method-not-allowed': exitCodes.bug,
  'too-large': exitCodes.usage,
  'unsupported-media-type': exitCodes.bug,
  'rate-limited': exitCodes.unavailable,

  'servers-down': exitCodes.unavailable,
  'start-failed': exitCodes.unavailable,
  locked: exitCodes.unavailable,
  'port-taken': exitCodes.unavailable,
  'data-unsafe': exitCodes.configuration,
  'disk-full': exitCodes.unavailable,
  'models-unavailable': exitCodes.unavailable,
  'shutting-down': exitCodes.unavailable,
  storage: exitCodes.unavailable,
  internal: exitCodes.bug,

  usage: exitCodes.usage,
  config: exitCodes.configuration,
  interrupted: exitCodes.interrupted,
  timeout: exitCodes.timeLimit,
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
