import { cleanText, withoutSecrets } from '../clean-text.js';
import { ContextError } from '../errors.js';
import type { Parts } from '../parts.js';
import type { MessageRow, StoreQueries } from '../store/contract.js';
import { checkSize, prepareParts } from './prepare.js';
import type { Message, MessageStatus, MessageStream, StreamEnd } from './types.js';

const flushMs = 500;
const flushBytes = 1_000;
const longestSecret = 256; // characters of a last word that may still become a secret

/** A stream on a stored open row. */
export interface StreamParts extends Pick<Parts, 'store' | 'clock' | 'limits' | 'secrets' | 'logger'> {
  readonly row: MessageRow;
  /** Called once, when the message has ended. */
  readonly ended: (message: MessageRow) => void;
}

/** Writes an open message while it comes. Writes run one after the other; what could not be stored is tried again with the next. */
export function createStream({ store, clock, limits, secrets, logger, row, ended }: StreamParts): {
  readonly stream: MessageStream;
  /** All that came, stored or not. */
  text(): string;
} {
  let text = '';
  let waitingBytes = 0;
  let cancel: (() => void) | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let result: Promise<MessageRow> | null = null;
  const safe = (part: string) => withoutSecrets(cleanText(part), secrets);

  function inOrder<Result>(run: () => Promise<Result>): Promise<Result> {
    const next = last.then(run);
    last = next.catch(() => {});
    return next;
  }

  async function flush(): Promise<void> {
    cancel?.();
    cancel = null;
    if (waitingBytes === 0) return;
    const bytes = waitingBytes;
    const stored = safe(text.slice(0, settledLength(text, secrets.length > 0)));
    await store.write(async (queries) => {
      await requireStanding(queries, row);
      await queries.messages.write(row.num, { text: stored });
    });
    waitingBytes -= bytes;
  }

  function flushLater(): void {
    cancel ??= clock.after(flushMs, () => {
      cancel = null;
      inOrder(flush).catch((error: unknown) => {
        logger.warn({ err: error, messageId: row.id }, 'streamed text could not be stored yet');
        if (!result) flushLater();
      });
    });
  }

  async function finish(status: MessageStatus, { parts, callId, usage }: StreamEnd): Promise<MessageRow> {
    cancel?.();
    cancel = null;
    const change = {
      text: safe(text),
      status,
      ...(parts ? { parts: prepareParts(parts, safe, limits.messageCharacters) } : {}),
      ...(callId === undefined ? {} : { callId: cleanText(callId) }),
    };
    return store.write(async (queries) => {
      await requireStanding(queries, row);
      await queries.messages.write(row.num, change);
      if (usage) {
        const { tokenizer, outputTokens } = usage;
        await queries.counts.put([{ num: row.num, tokenizer, tokens: outputTokens, exact: true }]);
      }
      return requireStanding(queries, row);
    });
  }

  /** Once it has ended it stays ended; an end that failed may be tried again. */
  function end(status: MessageStatus, options: StreamEnd): Promise<Message> {
    if (!result) {
      result = inOrder(() => finish(status, options));
      result.then(ended, () => {
        result = null;
      });
    }
    return result.then(({ num: _num, ...message }) => message);
  }

  const stream: MessageStream = {
    id: row.id,
    seq: row.seq,
    async delta(part) {
      if (result) throw new ContextError('conversation-closed', `Message ${row.id} has ended.`, { id: row.id });
      checkSize(text.length + part.length, limits.messageCharacters);
      text += part;
      waitingBytes += Buffer.byteLength(part);
      if (waitingBytes >= flushBytes) await inOrder(flush);
      else flushLater();
    },
    end: (options = {}) => end(options.status ?? 'done', options),
    abort: () => end('aborted', {}),
  };
  return { stream, text: () => text };
}

/** The message as it stands, unless it was deleted or its text removed while it was written. */
async function requireStanding(queries: StoreQueries, { num, id }: MessageRow): Promise<MessageRow> {
  const [message] = await queries.messages.byNum([num]);
  if (message && message.redactedAtMs === null) return message;
  throw new ContextError('not-found', `Message ${id} was removed while it was written.`, { id });
}

/** How much of the text can be stored: half a character waits for its other half, a last word that may be a secret for its end. */
function settledLength(text: string, hasSecrets: boolean): number {
  if (!hasSecrets) return /[\uD800-\uDBFF]$/.test(text) ? text.length - 1 : text.length;
  const word = /\S+$/.exec(text.slice(-longestSecret));
  return word ? text.length - word[0].length : text.length;
}
