import { eventLimitBytes } from '../../backends/http/sse-reader.js';
import { poolError, toCallError } from '../../calls/call-error.js';
import type { CallEvent } from '../../events.js';
import type { CallEnd, DecideResult, EmbedResult } from '../../types.js';
import { sendEnvelope } from '../http/error-envelope.js';
import { parseBody } from '../http/parse-body.js';
import { readJson } from '../http/read-json.js';
import { sendJson } from '../http/send-json.js';
import { SseWriter } from '../http/sse-writer.js';
import type { Exchange, Route, RouteParts } from '../route.js';
import { decideBody, embedBody, textBody } from './call-body.js';
import { callKindOf } from './call-kind.js';

/** `POST /v1/calls` streams a call, `GET /v1/calls` every event, `GET /v1/calls/<id>` explains. */
export function callRoutes(parts: RouteParts): readonly Route[] {
  const { pool, source, maxBodyBytes } = parts;
  const fail: Route['fail'] = (response, error) => sendEnvelope(response, error, source);

  const call = async ({ request, response, signal }: Exchange) => {
    const body = await readJson(request, maxBodyBytes);
    const kind = callKindOf(body);
    if (kind === 'text') {
      const events = pool.call({ ...parseBody(textBody, body), signal });
      return sendText(new SseWriter(response, parts), events);
    }
    const checked = kind === 'embed' ? parseBody(embedBody, body) : parseBody(decideBody, body);
    const writer = new SseWriter(response, parts);
    const options = { signal, onEvent: (event: CallEvent) => void writer.send(event.type, event) };
    await sendResult(
      writer,
      'input' in checked ? pool.embed({ ...checked, ...options }) : pool.decide({ ...checked, ...options }),
    );
  };

  const listen = async ({ response, signal }: Exchange) => {
    const writer = new SseWriter(response, parts);
    writer.comment('open');
    const unsubscribe = pool.subscribe((event) => writer.offer(event.type, event));
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve(), { once: true });
    });
    unsubscribe();
  };

  return [
    { method: 'POST', path: '/v1/calls', run: call, fail },
    { method: 'GET', path: '/v1/calls', run: listen, fail },
    {
      method: 'GET',
      path: '/v1/calls/',
      ids: /^[^/]+$/,
      run: async ({ response, id }) => sendJson(response, 200, await pool.explain(id)),
      fail,
    },
  ];
}

/** Sends the events of a call, and a last one that says how the request ended. */
async function sendText(writer: SseWriter, events: AsyncIterable<CallEvent>): Promise<void> {
  let end: CallEnd | null = null;
  try {
    for await (const event of events) {
      if (event.type === 'call-end') end = event;
      const room = event.type === 'call-start' ? writer.hold(event.type, event) : writer.send(event.type, event);
      if (room !== undefined) await room;
    }
    if (end !== null) void writer.send('request-end', { requestId: end.requestId, callId: end.callId });
  } catch (error) {
    void writer.send('request-error', toCallError(error));
  }
  writer.end();
}

/** Sends what is no text, once it is there. Rejects where it failed before anything was sent. */
async function sendResult(writer: SseWriter, result: Promise<EmbedResult | DecideResult>): Promise<void> {
  try {
    const { requestId, end, ...rest } = await result;
    const { callId } = end;
    const last =
      'embeddings' in rest
        ? { requestId, callId, embeddings: rest.embeddings }
        : { requestId, callId, decisions: { answers: rest.answers, method: rest.method } };
    const data = JSON.stringify(last);
    if (data.length > eventLimitBytes)
      throw poolError('rejected', 'the vectors are too many for one answer: give fewer texts');
    void writer.write(`event: request-end\ndata: ${data}\n\n`);
  } catch (error) {
    if (!writer.isOpen) {
      writer.abandon();
      throw error;
    }
    void writer.send('request-error', toCallError(error));
  }
  writer.end();
}
