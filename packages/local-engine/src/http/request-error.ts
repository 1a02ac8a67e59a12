import { LocalEngineError } from '../errors.js';

/** A request that is refused with a status of its own. */
export class RequestError extends LocalEngineError {
  readonly status: number;
  constructor(status: number, message: string) {
    super('invalid-request', message);
    this.status = status;
  }
}
