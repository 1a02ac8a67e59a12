import type { FailureFacts, RunnerFailureCode } from '../protocol.js';

/** A failure that crosses to the parent as a message. */
export class RunnerFailure extends Error {
  override readonly name = 'RunnerFailure';
  readonly code: RunnerFailureCode;
  readonly facts: FailureFacts | null;
  constructor(code: RunnerFailureCode, message: string, options: ErrorOptions & { facts?: FailureFacts } = {}) {
    super(message, options);
    this.code = code;
    this.facts = options.facts ?? null;
  }
}
