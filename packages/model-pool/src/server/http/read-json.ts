import type { IncomingMessage } from 'node:http';
import { poolError } from '../../calls/call-error.js';

/** Reads a JSON body. @throws ModelPoolError `rejected` */
export async function readJson(request: IncomingMessage, limitBytes: number): Promise<unknown> {
  const body = await readBody(request, limitBytes);
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw poolError('rejected', 'the body is not JSON', { cause });
  }
}

function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let bytes = 0;
    request.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes <= limitBytes) parts.push(part);
      // The rest is read and dropped: a connection that is closed under a sender takes the answer with it.
      else reject(poolError('rejected', `the body is larger than ${limitBytes} bytes`));
    });
    request.once('end', () => resolve(parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)));
    const leave = (cause?: Error) =>
      reject(poolError('aborted', 'the client left in the middle of its body', { cause }));
    request.once('error', leave);
    request.once('close', () => {
      if (!request.readableEnded) leave();
    });
  });
}
