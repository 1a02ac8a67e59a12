import type { IncomingMessage } from 'node:http';
import { McpTransportError } from '../errors.js';
import { isDeeperThan } from './json-depth.js';

/** Caps of a request body. */
export interface BodyCaps {
  /** Largest body, bytes. @defaultValue `4_194_304` */
  readonly maxBodyBytes?: number;
  /** Deepest nesting of its JSON. @defaultValue `64` */
  readonly maxDepth?: number;
}

/** Default of `maxBodyBytes`. */
export const defaultMaxBodyBytes = 4 << 20;
/** Default of `maxDepth`. */
export const defaultMaxDepth = 64;

const tooLarge = (maxBodyBytes: number) =>
  new McpTransportError('too-large', `the body is larger than ${maxBodyBytes} bytes`, { status: 413 });

/**
 * Reads the whole body and puts it back, so that any handler reads it as if nobody had; never holds more than the cap.
 * The parser hands the body to `push`: it is collected there, and goes on its way when it is complete.
 * @throws McpTransportError `too-large`, or `stream-lost` when the client goes away
 */
export function peekBody(request: IncomingMessage, maxBodyBytes: number): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > maxBodyBytes) return Promise.reject(tooLarge(maxBodyBytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = () => {
      delete (request as Partial<IncomingMessage>).push; // the method of the class is there again
      request.off('close', onClose);
    };
    const onClose = () => {
      settle();
      reject(new McpTransportError('stream-lost', 'the client went away', { retryable: true }));
    };
    const collect = (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length <= maxBodyBytes) return;
      settle();
      reject(tooLarge(maxBodyBytes));
    };
    if (request.readableLength > 0) collect(request.read() as Buffer);
    if (request.complete) {
      if (length > 0) request.unshift(Buffer.concat(chunks));
      return resolve(Buffer.concat(chunks));
    }
    if (length > maxBodyBytes) return;
    request.on('close', onClose);
    request.push = (chunk: Buffer | null) => {
      if (chunk) {
        collect(chunk);
        return true;
      }
      settle();
      const body = Buffer.concat(chunks);
      if (length > 0) request.push(body);
      resolve(body);
      return request.push(null);
    };
  });
}

/**
 * The body of a request as JSON; `undefined` when it is empty.
 * @throws McpTransportError `too-large` (413), `protocol` (400: not JSON, or nested too deep), `stream-lost`
 */
export async function readJsonBody(request: IncomingMessage, caps: BodyCaps = {}): Promise<unknown> {
  const { maxBodyBytes = defaultMaxBodyBytes, maxDepth = defaultMaxDepth } = caps;
  const body = await peekBody(request, maxBodyBytes);
  request.resume();
  return parseJsonBody(body, maxDepth);
}

/** A body as JSON. @throws McpTransportError `protocol` */
export function parseJsonBody(body: Buffer, maxDepth = defaultMaxDepth): unknown {
  if (body.length === 0) return undefined;
  if (isDeeperThan(body, maxDepth)) {
    throw new McpTransportError('protocol', `the body nests deeper than ${maxDepth} levels`, { status: 400 });
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw new McpTransportError('protocol', 'the body is not JSON', { status: 400, cause });
  }
}
