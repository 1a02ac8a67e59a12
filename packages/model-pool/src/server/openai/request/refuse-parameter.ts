import { poolError } from '../../../calls/call-error.js';

/** Refuses a request for one of its parameters. `code` is OpenAI's, `null` where it has none. @throws ModelPoolError `rejected` */
export function refuseParameter(param: string | null, message: string, code: string | null = null): never {
  throw poolError('rejected', message, { details: { param, code } });
}
