import type { Response } from 'undici';
import { poolError } from '../../calls/call-error.js';
import { ModelPoolError } from '../../errors.js';
import type { Clock, JsonObject } from '../../types.js';
import { waitFor } from '../../waiting/wait-for.js';
import type { TextEnd, TextRequest, TextSink } from '../backend.js';
import { failureOfTransport } from '../http/failures.js';
import { parseEventData, SseReader } from '../http/sse-reader.js';
import { Watchdog } from '../http/watchdog.js';
import { withoutKey } from '../without-key.js';
import { AnswerReader } from './answer-reader.js';
import { type Connection, sendMessage } from './client.js';
import { messageBody } from './wire.js';

/** Largest answer that is read, bytes. */
const answerLimitBytes = 64 * 1024 * 1024;

/** What a stream needs besides its request. */
export interface StreamOptions {
  /** Resolves with what a request is sent with. */
  readonly connect: () => Promise<Connection>;
  /** Longest silence, ms. */
  readonly timeoutMs: number;
  /** Whether long prompts are put into the API's cache. */
  readonly isCached: boolean;
  /** Time. */
  readonly clock: Clock;
  /** Ends every stream. */
  readonly closed: AbortSignal;
}

function checkAnswer({ headers }: Response): void {
  const encoding = headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity') {
    throw poolError('stream-broken', `the answer is encoded as ${encoding}, which was not asked for`, {
      details: { fault: 'content-encoding' },
    });
  }
  if (/html/.test(headers.get('content-type') ?? '')) {
    throw poolError('stream-broken', 'the answer is a web page: is a proxy in the way?', {
      details: { fault: 'html' },
    });
  }
}

function readEvent(data: string): JsonObject {
  const event = parseEventData(data);
  if (event !== null && typeof event === 'object') return event as JsonObject;
  throw poolError('stream-broken', 'an event of the answer is no object', {
    details: { fault: 'bad-line', line: data.slice(0, 80) },
  });
}

/** Hands over the events of an answer, one by one. */
async function readEvents(
  { body }: Response,
  watchdog: Watchdog,
  silenceMs: number,
  take: (event: JsonObject) => Promise<void> | undefined,
): Promise<void> {
  const events = new SseReader();
  let bytes = 0;
  let hasStarted = false;
  const takeData = async (data: string) => {
    const room = take(readEvent(data));
    if (room !== undefined) {
      watchdog.stop(); // a reader that lags is no stall of the server
      await room;
    }
    if (room !== undefined || !hasStarted) watchdog.change(silenceMs);
    hasStarted = true;
  };
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    watchdog.touch();
    bytes += chunk.length;
    if (bytes > answerLimitBytes)
      throw poolError('stream-broken', `the answer is larger than ${answerLimitBytes} bytes`, {
        details: { fault: 'answer-too-long' },
      });
    for (const { data } of events.push(chunk)) await takeData(data);
  }
  const last = events.end();
  if (last !== null) await takeData(last.data);
}

/** Sends a request for text and reads the answer. The socket is closed on every way out but the good one. */
export async function streamMessage(options: StreamOptions, request: TextRequest, sink: TextSink): Promise<TextEnd> {
  const { clock, closed, timeoutMs } = options;
  const firstMs = Math.min(timeoutMs, request.firstTokenMs);
  const silenceMs = Math.min(timeoutMs, request.stallMs);
  const controller = new AbortController();
  const onAbort = () => controller.abort(request.signal.reason);
  const onClose = () => controller.abort(closed.reason);
  if (request.signal.aborted) onAbort();
  else if (closed.aborted) onClose();
  request.signal.addEventListener('abort', onAbort, { once: true });
  closed.addEventListener('abort', onClose, { once: true });
  const reader = new AnswerReader(sink);
  let hasStarted = false;
  let key = '';
  const watchdog = new Watchdog(clock, firstMs, () =>
    controller.abort(
      hasStarted
        ? poolError('stalled', `the answer stalled for ${silenceMs} ms`, { details: { stallMs: silenceMs } })
        : poolError('first-token-timeout', `no answer began within ${firstMs} ms`, {
            details: { firstTokenMs: firstMs },
          }),
    ),
  );
  try {
    const body = messageBody(request, options.isCached);
    const connection = await waitFor(options.connect(), controller.signal);
    key = connection.apiKey;
    watchdog.change(firstMs); // what went before was no time of the server
    const answer = await sendMessage(connection, body, controller.signal);
    checkAnswer(answer);
    await readEvents(answer, watchdog, silenceMs, (event) => {
      const room = reader.take(event);
      hasStarted = true;
      return room;
    });
    return reader.finish();
  } catch (error) {
    if (controller.signal.aborted) throw controller.signal.reason;
    controller.abort();
    const failure = failureOfTransport(error, hasStarted);
    throw ModelPoolError.isInstance(failure) ? withoutKey(failure, key) : failure;
  } finally {
    watchdog.stop();
    request.signal.removeEventListener('abort', onAbort);
    closed.removeEventListener('abort', onClose);
  }
}
