import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Context } from '@tale/context';
import { ServerError } from '../server/server-error.js';
import { explainContextFailure } from './context-failure.js';

interface Transfer {
  readonly context: Context;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** Ends it when the server stops. */
  readonly signal: AbortSignal;
}

/** Sends conversations as they are read; one that ends without its last chunk is not complete. */
export async function sendExport(
  transfer: Transfer & {
    readonly ids: readonly string[];
    /** Which memories go with them. */
    readonly memories: 'sourced' | 'all';
  },
): Promise<void> {
  const { context, ids, memories, response, query, signal } = transfer;
  const format = query.get('format') ?? 'json';
  if (format !== 'json' && format !== 'markdown')
    throw new ServerError('invalid-request', 'format is json or markdown.');
  const options = { format, memories, redact: query.get('redact') === 'true', signal } as const;
  const chunks = context.conversations.export(ids, options)[Symbol.asyncIterator]();
  // The head goes out with the first chunk: until then a failure is an answer of its own.
  const first = await chunks.next().catch((error: unknown) => {
    throw explainContextFailure(error, 'tale conversations list');
  });
  response.writeHead(200, {
    'content-type': format === 'json' ? 'application/json' : 'text/markdown; charset=utf-8',
    'cache-control': 'no-store',
  });
  await pipeline(Readable.from(joined(first, chunks)), response, { signal }).catch((error: unknown) => {
    if (!response.destroyed) throw error; // the client left
  });
}

/** Takes conversations in as they arrive, and answers with what came new. */
export async function receiveImport(transfer: Transfer & { readonly request: IncomingMessage }): Promise<void> {
  const { context, request, response, query } = transfer;
  const left = new AbortController();
  response.on('close', () => left.abort());
  const signal = AbortSignal.any([transfer.signal, left.signal]);
  const dryRun = query.get('dryRun') === 'true';
  try {
    // The connection stays open when reading ends early: it still carries the answer.
    const body = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
    const text = JSON.stringify(await context.conversations.import(body, { dryRun, signal }));
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(text);
  } catch (error) {
    if (response.destroyed) return; // the client left: what is stored stays, the same import goes on with the rest
    request.resume();
    throw explainContextFailure(error, 'tale conversations list');
  }
}

async function* joined(first: IteratorResult<string, unknown>, rest: AsyncIterator<string>): AsyncGenerator<string> {
  for (let next = first; next.done !== true; next = await rest.next()) yield next.value;
}
