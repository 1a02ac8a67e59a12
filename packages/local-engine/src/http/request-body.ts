import type { IncomingMessage } from 'node:http';
import { RequestError } from './request-error.js';

const mostBytes = 20_000_000;
const mostDepth = 64;

/**
 * Reads the JSON body of a request.
 *
 * @throws RequestError 400, 413, 415
 */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const type = request.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/json') throw new RequestError(415, 'content-type must be application/json');
  if (Number(request.headers['content-length'] ?? 0) > mostBytes) throw new RequestError(413, 'request body too large');
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Without this the connection would be cut, and the refusal of a body that is too large with it.
  const body: AsyncIterable<Buffer> = request.iterator({ destroyOnReturn: false });
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new RequestError(413, 'request body too large');
    chunks.push(chunk);
  }
  if (bytes === 0) throw new RequestError(400, 'missing request body');
  const text = Buffer.concat(chunks).toString('utf8');
  if (depthOf(text) > mostDepth) throw new RequestError(400, `request body is nested deeper than ${mostDepth} levels`);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RequestError(400, `invalid JSON: ${cause instanceof Error ? cause.message : cause}`);
  }
}

/** How deep brackets are nested in a JSON text. */
export function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inText = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (inText) {
      if (character === '\\') index++;
      else if (character === '"') inText = false;
    } else if (character === '"') {
      inText = true;
    } else if (character === '{' || character === '[') {
      deepest = Math.max(deepest, ++depth);
    } else if (character === '}' || character === ']') {
      depth--;
    }
  }
  return deepest;
}
