import { gzipSync } from 'node:zlib';
import type { JsonObject } from '../types.js';
import type { FakeExchange } from './fake-exchange.js';
import type { FakeFault } from './fake-faults.js';

/** Words and headers of the faults that are a status. */
const statuses: Readonly<Record<string, { status: number; error: string; headers?: Record<string, string> }>> = {
  'status-302': { status: 302, error: 'moved', headers: { location: 'http://127.0.0.1:9/elsewhere' } },
  'status-400': { status: 400, error: 'option "num_ctx" must be of type integer' },
  'status-401': { status: 401, error: 'unauthorized' },
  'status-404': { status: 404, error: "model 'x' not found" },
  'status-429': { status: 429, error: 'too many requests', headers: { 'retry-after': '0' } },
  'status-499': { status: 499, error: 'client closed request' },
  'status-500': { status: 500, error: 'llama runner process has terminated: exit status 2' },
  'status-503': { status: 503, error: 'server busy, please try again.  maximum pending requests exceeded' },
};

/** Plays a fault that happens instead of an answer. Returns whether the request is over. */
export async function playFirst(exchange: FakeExchange, fault: FakeFault): Promise<boolean> {
  const { response, entry } = exchange;
  const status = statuses[fault.kind];
  if (status !== undefined) {
    exchange.json(status.status, { error: fault.message ?? status.error }, status.headers);
    return true;
  }
  switch (fault.kind) {
    case 'status-403':
      entry.status = 403;
      entry.end = 'fault';
      response.writeHead(403).end();
      return true;
    case 'silent':
      entry.end = 'fault';
      await exchange.hang();
      return true;
    case 'reset':
      entry.end = 'fault';
      response.socket?.resetAndDestroy();
      return true;
    case 'half-close':
      entry.end = 'fault';
      response.socket?.end();
      return true;
    case 'slow-headers':
      await exchange.wait(fault.delayMs ?? 300);
      return false;
    case 'empty':
      exchange.spoil();
      return true;
    case 'html':
      exchange.begin({ 'content-type': 'text/html' });
      exchange.spoil('<html>Please log in</html>');
      return true;
    case 'gzip':
      exchange.begin({ 'content-encoding': 'gzip' });
      exchange.spoil(gzipSync(Buffer.alloc(32 * 1024 * 1024)));
      return true;
    case 'huge-line':
      await sendHugeLine(exchange);
      return true;
    default:
      return false;
  }
}

async function sendHugeLine(exchange: FakeExchange): Promise<void> {
  exchange.begin();
  exchange.entry.end = 'fault';
  const part = 'x'.repeat(1024 * 1024);
  for (let count = 0; count < 50 && !exchange.isGone; count += 1) {
    if (!exchange.response.write(part)) await exchange.drained();
  }
  exchange.response.end();
}

/** Plays a fault in the middle of a stream. Returns whether the stream is over. */
export async function playMiddle(
  exchange: FakeExchange,
  fault: FakeFault,
  delta: (text: string) => JsonObject,
  final: JsonObject,
): Promise<boolean> {
  switch (fault.kind) {
    case 'reset-mid':
      exchange.entry.end = 'fault';
      // What was written must leave before the reset, which would throw it away.
      await exchange.wait(30);
      exchange.response.socket?.resetAndDestroy();
      return true;
    case 'stall':
      exchange.entry.end = 'fault';
      await exchange.hang();
      return true;
    case 'bad-line':
      exchange.spoil(`{"message":{"content":"broken\n${JSON.stringify(final)}\n`);
      return true;
    case 'error-line':
      exchange.spoil(`${JSON.stringify({ error: fault.message ?? 'model runner has unexpectedly stopped' })}\n`);
      return true;
    case 'no-done':
      exchange.spoil();
      return true;
    case 'two-done':
      exchange.spoil(`${JSON.stringify(final)}\n${JSON.stringify(delta('again'))}\n${JSON.stringify(final)}\n`);
      return true;
    case 'utf8-cut':
      exchange.spoil(Buffer.from(JSON.stringify(delta('über'))).subarray(0, -30));
      return true;
    case 'repeat':
      for (let count = 0; count < 31; count += 1) exchange.line(delta(' same'));
      exchange.spoil();
      return true;
    case 'utf8-split':
      for (const byte of Buffer.from(`${JSON.stringify(delta('Grüße 🦙'))}\n`)) {
        exchange.response.write(Buffer.from([byte]));
        await exchange.wait(1);
      }
      return false;
    case 'odd-characters':
      // A lone surrogate can only be written as an escape.
      exchange.response.write(`${JSON.stringify(delta('\u0000\u001b[31m')).replace('[31m', '[31m\\ud800')}\n`);
      return false;
    default:
      return false;
  }
}

/** The last object as a fault changes it. */
export function spoilFinal(final: JsonObject, fault: FakeFault | null): JsonObject {
  if (fault?.kind !== 'bad-counts') return final;
  return { ...final, prompt_eval_count: -5, eval_count: 1e308, total_duration: -1, eval_duration: 1e300 };
}
