import type { ReportedCounts, TextSink } from '../backends/backend.js';
import type { ModelPoolError } from '../errors.js';
import type { CallEvent } from '../events.js';
import type { CallStart, Clock, GateHandle, ToolCall } from '../types.js';
import { poolError } from './call-error.js';
import { refusal } from './refusal.js';
import { WellFormedText } from './well-formed.js';

/** What a sink is made of. */
export interface AnswerSinkOptions {
  /** The attempt. */
  readonly start: CallStart;
  /** Sends an event. */
  readonly send: (event: CallEvent) => void;
  /** A promise while the caller lags behind. */
  readonly room: () => Promise<void> | undefined;
  /** Time. */
  readonly clock: Clock;
  /** Most tokens. */
  readonly limitTokens: number;
  /** Ends the stream. */
  readonly end: (reason: ModelPoolError) => void;
  /** The prompt is read. */
  readonly onStart: () => void;
  /** Told how many tokens there are. */
  readonly onPiece: (tokens: number) => void;
}

/** Reason of the abort that cuts an answer at its limit. */
const cut = poolError('aborted', 'the answer reached its limit');

const deltas = { text: 'text-delta', thinking: 'thinking-delta' } as const;

/** Turns pieces of an answer into deltas, counts them, tells the gate, and cuts the answer at its limit. */
export class AnswerSink implements TextSink {
  readonly counts: ReportedCounts = {
    inputTokens: null,
    outputTokens: null,
    cacheReadTokens: null,
    cacheWriteTokens: null,
    reasoningTokens: null,
  };
  readonly #options: AnswerSinkOptions;
  readonly #pending = { text: new WellFormedText(), thinking: new WellFormedText() };
  readonly #texts = { text: '', thinking: '' };
  readonly #toolCalls: ToolCall[] = [];
  #pieces = 0;
  #firstMs: number | null = null;
  #textMs: number | null = null;
  #isCut = false;
  #handle: GateHandle | null = null;
  #isTelling = false;
  #toldTokens = 0;

  constructor(options: AnswerSinkOptions) {
    this.#options = options;
  }

  /** The answer so far. */
  get text(): string {
    return this.#texts.text;
  }
  /** The thinking so far. */
  get thinking(): string {
    return this.#texts.thinking;
  }
  /** Tools that were asked for so far. */
  get toolCalls(): readonly ToolCall[] {
    return this.#toolCalls;
  }
  /** Pieces so far. */
  get pieces(): number {
    return this.#pieces;
  }
  /** When the first object came, monotonic ms. */
  get firstMs(): number | null {
    return this.#firstMs;
  }
  /** When the first piece came, monotonic ms. */
  get textMs(): number | null {
    return this.#textMs;
  }
  /** Whether the answer was cut at its limit. */
  get isCut(): boolean {
    return this.#isCut;
  }

  /** Tells this handle of the gate how far the answer is. */
  watch(handle: GateHandle | null): void {
    this.#handle = handle;
  }

  started(): void {
    if (this.#firstMs !== null) return;
    this.#firstMs = this.#options.clock.monotonicMs();
    this.#options.onStart();
  }

  piece(kind: 'text' | 'thinking', piece: string): Promise<void> | undefined {
    if (!this.#take()) return undefined;
    this.#send(kind, this.#pending[kind].push(piece));
    this.#tell();
    return this.#options.room();
  }

  toolCall({ id, name, arguments: given }: Parameters<TextSink['toolCall']>[0]): Promise<void> | undefined {
    if (!this.#take()) return undefined;
    this.flush();
    const { callId, requestId, labels } = this.#options.start;
    const index = this.#toolCalls.length;
    const toolCall = { id: id ?? `${callId}-${index}`, name, arguments: given };
    this.#toolCalls.push(toolCall);
    this.#options.send({ type: 'tool-call', callId, requestId, index, ...toolCall, labels });
    this.#tell();
    return this.#options.room();
  }

  /** Counts a piece. False where it goes beyond the limit, which ends the answer. */
  #take(): boolean {
    this.#pieces += 1;
    // The server stops at the limit by itself and then sends its end: only what goes beyond is cut.
    // A piece is about a token; a server that counts as it writes knows better.
    if ((this.counts.outputTokens ?? this.#pieces) > this.#options.limitTokens) {
      this.#isCut = true;
      this.#options.end(cut);
      return false;
    }
    this.#textMs ??= this.#options.clock.monotonicMs();
    this.#options.onPiece(this.counts.outputTokens ?? this.#pieces);
    return true;
  }

  /** Sends what was held back. */
  flush(): void {
    this.#send('thinking', this.#pending.thinking.end());
    this.#send('text', this.#pending.text.end());
  }

  #send(kind: 'text' | 'thinking', text: string): void {
    if (text === '') return;
    const { callId, requestId, labels } = this.#options.start;
    const offset = this.#texts[kind].length;
    this.#texts[kind] += text;
    this.#options.send({ type: deltas[kind], callId, requestId, offset, text, labels });
  }

  /** One message at a time: the next one carries the newest count. */
  #tell(): void {
    const handle = this.#handle;
    if (handle === null || this.#isTelling || this.#toldTokens === this.#pieces) return;
    this.#isTelling = true;
    this.#toldTokens = this.#pieces;
    handle.progress(this.#pieces).then(
      () => {
        this.#isTelling = false;
        this.#tell();
      },
      (error: unknown) => this.#options.end(refusal(error)),
    );
  }
}
