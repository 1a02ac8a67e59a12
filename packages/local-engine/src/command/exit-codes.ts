import type { LocalEngineErrorCode } from '../errors.js';

/** Exit codes of the command. */
export const exitCodes = {
  ...{ done: 0, failed: 1, usage: 2, configuration: 3, notFound: 4, unavailable: 5, interrupted: 130, terminated: 143 },
} as const;

/** One of {@link exitCodes}. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const { failed, usage, configuration, notFound, unavailable } = exitCodes;

/** The exit code of each failure; total by its type. */
export const exitCodeByError: Readonly<Record<LocalEngineErrorCode, ExitCode>> = {
  busy: unavailable,
  closed: failed,
  'context-exceeded': failed,
  'data-directory-locked': unavailable,
  'disk-full': unavailable,
  'hash-mismatch': failed,
  'insufficient-memory': unavailable,
  'invalid-catalog': configuration,
  'invalid-gguf': failed,
  'invalid-options': configuration,
  'invalid-request': usage,
  'load-failed': failed,
  'model-not-found': notFound,
  'not-in-catalog': notFound,
  'not-supported': failed,
  'port-taken': unavailable,
  'pull-failed': unavailable,
  'runner-crashed': failed,
  'runtime-install-failed': unavailable,
  'runtime-missing': unavailable,
  'source-failed': unavailable,
  'source-unavailable': unavailable,
  'source-unreachable': unavailable,
};
