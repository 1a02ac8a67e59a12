import { request } from 'node:http';
import type { JsonObject } from '../../src/types.js';

export interface FakeAnswerRead {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  /** The objects of the answer, one per line. */
  readonly lines: JsonObject[];
}

/** Sends a request as it is given and reads the whole answer. */
export function askFake(
  url: string,
  path: string,
  body?: JsonObject | string,
  options: { method?: string; headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<FakeAnswerRead> {
  const { method = body === undefined ? 'GET' : 'POST', headers = {}, signal } = options;
  const sentBody = typeof body === 'object' ? JSON.stringify(body) : (body ?? '');
  const length = { 'content-length': String(Buffer.byteLength(sentBody)) };
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, url), {
      method,
      agent: false,
      headers: { ...length, ...headers },
      ...(signal === undefined ? {} : { signal }),
    });
    sent.on('error', reject);
    sent.on('response', (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
      });
      answer.on('error', reject);
      answer.on('end', () => {
        const type = String(answer.headers['content-type'] ?? '');
        const lines = /json/.test(type) ? text.split('\n').filter((line) => line !== '') : [];
        const parsed = lines.map((line) => JSON.parse(line) as JsonObject);
        resolve({ status: answer.statusCode ?? 0, type, text, lines: parsed });
      });
    });
    sent.end(sentBody);
  });
}
