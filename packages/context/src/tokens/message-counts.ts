import type { CountRow, MessageRow } from '../store/contract.js';
import type { OpenStore } from '../store/open-store.js';
import type { CallOptions, Clock, CountTokens, ModelMessage, ModelWindow } from '../types.js';
import type { TokenCounter } from './create-token-counter.js';

/** Name under which estimates are stored, for all models. */
const estimateTokenizer = 'o200k';
/** Longest wait for an exact count of one message, ms. */
const portMs = 50;
/** Longest wait for exact counts in one fit, ms; the rest is estimated. */
const portsMs = 250;

/** Tokens of a message without its attachments and the template's share. */
export interface MessageCount {
  readonly tokens: number;
  readonly isExact: boolean;
}

/** Counts messages once for each tokenizer and keeps the counts. */
export interface MessageCounts {
  /** Counts by num of the row. What is not stored yet is counted now and stored. */
  of(
    rows: readonly MessageRow[],
    model: ModelWindow,
    options?: CallOptions,
  ): Promise<ReadonlyMap<number, MessageCount>>;
}

/** What {@link createMessageCounts} needs. */
export interface MessageCountsParts {
  readonly store: Pick<OpenStore, 'read' | 'write'>;
  readonly clock: Pick<Clock, 'after' | 'now'>;
  readonly counter: Pick<TokenCounter, 'count'>;
  readonly countTokens?: CountTokens | undefined;
}

/** Name that exact counts of a model are stored under. */
export function tokenizerOf({ digest, model }: ModelWindow): string {
  return digest ?? model;
}

/** Text of a message as it is counted: its calls as JSON behind it. */
function countedText({ text, parts }: Pick<MessageRow, 'text' | 'parts'>): string {
  return parts.toolCalls && parts.toolCalls.length > 0 ? `${text}${JSON.stringify(parts.toolCalls)}` : text;
}

/** Makes the {@link MessageCounts} of a store. */
export function createMessageCounts({ store, clock, counter, countTokens }: MessageCountsParts): MessageCounts {
  /** Exact counts, one message after the other, until one takes too long. */
  async function ask(
    rows: readonly MessageRow[],
    window: ModelWindow,
    signal: AbortSignal | undefined,
  ): Promise<CountRow[]> {
    if (!countTokens || !window.countsExactly) return [];
    const found: CountRow[] = [];
    const endMs = performance.now() + portsMs;
    for (const row of rows) {
      if (performance.now() >= endMs) break;
      const tokens = await within(portMs, clock, signal, (limited) =>
        countTokens({ model: window.model, messages: [asModelMessage(row)] }, { signal: limited }),
      );
      if (tokens === null) break;
      found.push({ num: row.num, tokenizer: tokenizerOf(window), tokens, exact: true });
    }
    return found;
  }

  return {
    async of(rows, window, { signal } = {}) {
      const nums = rows.map(({ num }) => num);
      const [exact, estimated] = await store.read(
        async (queries) => [
          await queries.counts.get(nums, tokenizerOf(window)),
          await queries.counts.get(nums, estimateTokenizer),
        ],
        { signal },
      );
      const missing = rows.filter(({ num }) => !exact.has(num) && !estimated.has(num));
      const made = await ask(missing, window, signal);
      const asked = new Set(made.map(({ num }) => num));
      const rest = missing.filter(({ num }) => !asked.has(num));
      const counts = await counter.count(rest.map(countedText), { signal });
      made.push(
        ...rest.map(({ num }, index) => ({ num, tokenizer: estimateTokenizer, tokens: counts[index]!, exact: false })),
      );
      // Open messages grow: their counts hold for this window alone.
      const isOpen = new Set(rows.filter(({ status }) => status === 'open').map(({ num }) => num));
      const lasting = made.filter(({ num }) => !isOpen.has(num));
      if (lasting.length > 0) await store.write((queries) => queries.counts.put(lasting), { signal });
      const byNum = new Map([...estimated, ...exact, ...made.map((row) => [row.num, row] as const)]);
      return new Map([...byNum].map(([num, row]) => [num, { tokens: row.tokens, isExact: row.exact }]));
    },
  };
}

function asModelMessage({ role, text, parts, toolCallId }: MessageRow): ModelMessage {
  return {
    role,
    content: text,
    ...(parts.toolCalls && { toolCalls: parts.toolCalls }),
    ...(toolCallId !== null && { toolCallId }),
    ...(parts.toolName !== undefined && { toolName: parts.toolName }),
  };
}

/** Result of `run`, or `null` if it takes longer than `limitMs` or fails; aborts what it gave up. */
export async function within<Result>(
  limitMs: number,
  clock: Pick<Clock, 'after'>,
  signal: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<Result | null>,
): Promise<Result | null> {
  signal?.throwIfAborted();
  const limit = new AbortController();
  const both = signal ? AbortSignal.any([signal, limit.signal]) : limit.signal;
  let stop: () => void = () => {};
  const late = new Promise<null>((resolve) => {
    stop = clock.after(limitMs, () => {
      resolve(null);
      limit.abort();
    });
  });
  try {
    return await Promise.race([run(both), late]);
  } catch {
    signal?.throwIfAborted();
    return null;
  } finally {
    stop();
  }
}
