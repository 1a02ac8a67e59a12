import type { RunnerFailureCode } from '../protocol.js';

/** A failure that crosses to the parent as a message. */
export class RunnerFailure extends Error {
  override readonly name = 'RunnerFailure';
  readonly code: RunnerFailureCode;
  constructor(code: RunnerFailureCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
