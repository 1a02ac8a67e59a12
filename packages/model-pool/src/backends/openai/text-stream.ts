import type { TextEnd, TextRequest, TextSink } from '../backend.js';
import type { HttpServer } from '../http/request-json.js';
import { streamObjects } from '../http/stream-objects.js';
import { AnswerReader } from './answer-reader.js';
import { ChunkReader } from './chunk-reader.js';
import { findRefusedPart, type OptionalPart } from './refusals.js';
import { chatBody } from './request-body.js';

/** What a request for text needs of its server. */
export interface TextRoute {
  /** Connections. */
  readonly server: HttpServer;
  /** Path of `/chat/completions`. */
  readonly path: string;
  /** Names of all models of the server, as far as known. */
  readonly listed: ReadonlySet<string>;
  /** What the server refused before, by model. */
  readonly refusals: Map<string, ReadonlySet<OptionalPart>>;
}

/**
 * Sends a request for text and reads the answer. A part that the server refuses and that the request can do without is left
 * out from then on.
 */
export async function streamText(route: TextRoute, request: TextRequest, sink: TextSink): Promise<TextEnd> {
  const { server, path, listed, refusals } = route;
  const { signal, firstTokenMs, stallMs } = request;
  const { model } = request.profile;
  for (;;) {
    const refused: ReadonlySet<OptionalPart> = refusals.get(model) ?? new Set();
    const reader = new AnswerReader(model, listed, sink);
    const body = chatBody(request, refused);
    try {
      await streamObjects(server, { path, body, signal, firstTokenMs, stallMs }, new ChunkReader(), (chunk) =>
        reader.take(chunk),
      );
      return reader.finish();
    } catch (error) {
      const part = findRefusedPart(error, request, refused);
      if (part === null) throw error;
      refusals.set(model, new Set([...refused, part]));
    }
  }
}
