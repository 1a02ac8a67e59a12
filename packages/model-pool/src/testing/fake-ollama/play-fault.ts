import { gzipSync } from 'node:zlib';
import type { JsonObject } from '../../types.js';
import { type FakeAnswer, type FakeDialect, framedEnd, framedError } from './dialect.js';
import type { FakeExchange } from './exchange.js';
import { type FakeFault, type FakeFaultKind, faultDelayMs } from './faults.js';
import { ollamaError } from './ollama-dialect.js';
import { playCommonFault } from './play-common-fault.js';
import { wordsOfShortage } from './shortage.js';
import type { FakeServerVerbs } from './state.js';

interface StatusFault {
  readonly status: number;
  readonly error: string;
  readonly headers?: Record<string, string>;
}

/** Words and headers of the faults that are a status. */
const statuses: Readonly<Partial<Record<FakeFaultKind, StatusFault>>> = {
  'status-302': { status: 302, error: 'moved', headers: { location: 'http://127.0.0.1:9/elsewhere' } },
  'status-400': { status: 400, error: 'option "num_ctx" must be of type integer' },
  'status-401': { status: 401, error: 'unauthorized' },
  'status-404': { status: 404, error: "model 'x' not found" },
  'status-429': { status: 429, error: 'too many requests', headers: { 'retry-after': '0' } },
  'status-499': { status: 499, error: 'client closed request' },
  'status-500': { status: 500, error: 'llama runner process has terminated: exit status 2' },
  'status-503': { status: 503, error: 'server busy, please try again.  maximum pending requests exceeded' },
  'no-memory': { status: 500, error: wordsOfShortage({ needBytes: 5.5 * 2 ** 30, availableBytes: 3 * 2 ** 30 }) },
};

/**
 * Plays a fault that happens instead of an answer. Returns whether the request is over.
 *
 * @param error - a failure in the words of the API
 */
export async function playFirst(
  exchange: FakeExchange,
  fault: FakeFault,
  error: (message: string, status: number) => JsonObject = ollamaError,
): Promise<boolean> {
  const { response, entry } = exchange;
  const status = statuses[fault.kind];
  if (status !== undefined) {
    exchange.json(status.status, error(fault.message ?? status.error, status.status), status.headers);
    return true;
  }
  switch (fault.kind) {
    case 'status-403':
      entry.status = 403;
      entry.end = 'fault';
      response.writeHead(403).end();
      return true;
    case 'silent':
    case 'reset':
    case 'html':
      return playCommonFault(exchange, fault.kind);
    case 'half-close':
      entry.end = 'fault';
      response.socket?.end();
      return true;
    case 'slow-headers':
      await exchange.wait(faultDelayMs(fault));
      return false;
    case 'empty':
      exchange.spoil();
      return true;
    case 'gzip':
      exchange.begin({ 'content-encoding': 'gzip' });
      exchange.spoil(gzipBomb());
      return true;
    case 'huge-line':
      await sendHugeLine(exchange);
      return true;
    default:
      return false;
  }
}

/** 1 MB that unpacks to 1 GB: members of a gzip file may follow each other. */
function gzipBomb(): Buffer {
  const member = gzipSync(Buffer.alloc(8 * 1024 * 1024));
  return Buffer.concat(Array.from({ length: 128 }, () => member));
}

async function sendHugeLine(exchange: FakeExchange): Promise<void> {
  exchange.begin();
  exchange.entry.end = 'fault';
  const part = Buffer.alloc(1024 * 1024, 'x');
  for (let count = 0; count < 50 && !exchange.isGone; count += 1) {
    exchange.response.write(part);
    await exchange.drained();
  }
  exchange.response.end();
}

/** A stream in which a fault happens. */
export interface FaultyStream {
  /** The request. */
  readonly exchange: FakeExchange;
  /** How it stands on the wire. */
  readonly dialect: FakeDialect;
  /** What was written so far. */
  readonly answer: FakeAnswer;
  /** Things that happen to the server. */
  readonly verbs: FakeServerVerbs;
  /** Counts a piece as sent and gives it as it stands on the wire. */
  readonly piece: (text: string) => string;
}

/** Plays a fault in the middle of a stream. Returns whether the stream is over. */
export async function playMiddle(stream: FaultyStream, fault: FakeFault): Promise<boolean> {
  const { exchange, dialect, answer, piece } = stream;
  const { response } = exchange;
  exchange.begin({ 'content-type': dialect.contentType });
  const framed = (text: string) => dialect.frame(dialect.piece(answer, 'text', text));
  switch (fault.kind) {
    case 'reset-mid':
    case 'stall':
      return playCommonFault(exchange, fault.kind);
    case 'bad-line':
      exchange.spoil(`${framed('broken').slice(0, -6)}\n\n${framedEnd(dialect, answer)}`);
      return true;
    case 'error-line':
      exchange.spoil(framedError(dialect, fault.message ?? 'model runner has unexpectedly stopped'));
      return true;
    case 'no-done':
      exchange.spoil();
      return true;
    case 'two-done':
      exchange.spoil(framedEnd(dialect, answer) + framed('again') + framedEnd(dialect, answer));
      return true;
    case 'utf8-cut':
      exchange.spoil(cutCharacter(framed('über')));
      return true;
    case 'repeat':
      for (let count = 0; count < 31; count += 1) response.write(piece(' same'));
      exchange.spoil();
      return true;
    case 'endless':
      await sayForEver(stream);
      return true;
    case 'utf8-split':
      for (const byte of Buffer.from(piece('Grüße 🦙'))) {
        response.write(Buffer.from([byte]));
        await exchange.wait(1);
      }
      return false;
    case 'odd-characters':
      response.write(piece('\u0000\u001b[31m\ud800'));
      return false;
    default:
      return playOnServer(stream, fault);
  }
}

/** Faults of the whole server. Returns whether the stream is over. */
async function playOnServer({ exchange, dialect, answer, verbs }: FaultyStream, fault: FakeFault): Promise<boolean> {
  switch (fault.kind) {
    case 'evict':
      verbs.evict(answer.model);
      return false;
    case 'reload':
      void verbs.reload(answer.model);
      return false;
    case 'digest-change':
      verbs.changeDigest(answer.model);
      return false;
    case 'out-of-memory':
      verbs.runOutOfMemory();
      exchange.spoil(
        framedError(
          dialect,
          fault.message ?? 'an error was encountered while running the model: cudaMalloc failed: out of memory',
        ),
      );
      return true;
    case 'restart':
      exchange.entry.end = 'fault';
      await exchange.wait(30);
      void verbs.restart(faultDelayMs(fault));
      await exchange.hang();
      return true;
    case 'flap': {
      exchange.entry.end = 'fault';
      await exchange.wait(30);
      const phaseMs = faultDelayMs(fault);
      void verbs.flap({ downMs: phaseMs, upMs: phaseMs });
      await exchange.hang();
      return true;
    }
    default:
      return false;
  }
}

/** Everything up to the middle of the first character that has several bytes. */
function cutCharacter(text: string): Buffer {
  const bytes = Buffer.from(text);
  const at = bytes.findIndex((byte) => byte >= 0x80);
  return bytes.subarray(0, at + 1);
}

async function sayForEver({ exchange, piece }: FaultyStream): Promise<void> {
  exchange.entry.end = 'fault';
  while (!exchange.isGone) {
    for (let count = 0; count < 100; count += 1) exchange.response.write(piece(' same'));
    await exchange.drained();
    await new Promise((resolve) => setImmediate(resolve));
  }
}
