import { modernBody, modernHeaders } from '../../src/wire/modern.js';
import { token } from './serve.js';

/** Who calls in these tests. */
export const client = { name: 'test', version: '1' };
/** Who serves in these tests. */
export const info = { name: 'gateway', version: '1' };

/** Body of a `tools/call`. */
export const callBody = (name: string, args: object = {}, id: number | string = 1) =>
  modernBody({ id, method: 'tools/call', params: { name, arguments: args }, client });

/** Headers of a `tools/call` with the token of the tests. */
export const callHeaders = (name: string) => modernHeaders('tools/call', name, token);

/** The value of a promise, or what it was rejected with. */
export const settle = async <Value>(promise: Promise<Value>) =>
  promise.then(
    (value) => value,
    (error: unknown) => error,
  );
