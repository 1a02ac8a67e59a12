import type { CountTokens, Generate, ModelMessage, ModelWindow } from '../types.js';

/** How a fake model behaves. */
export interface FakeModelOptions {
  /**
   * Size of its window, in tokens.
   *
   * @defaultValue 8192
   */
  readonly contextTokens?: number | undefined;
  /** Tokens of a text; a word and a sign are one each if left out. */
  readonly tokensOf?: ((text: string) => number) | undefined;
  /** What it writes; the first words of the last message if left out. */
  readonly write?: ((messages: readonly ModelMessage[]) => string) | undefined;
  /**
   * Cuts a prompt over its window without saying so, as some servers do, instead of refusing it.
   *
   * @defaultValue false
   */
  readonly cutsSilently?: boolean | undefined;
}

/** What a fake model says to a prompt. */
export interface FakeAnswer {
  /** Tokens that it says it read. */
  readonly promptTokens: number;
  /** Whether it refused the prompt as too long. */
  readonly isRefused: boolean;
}

/** A model with state that needs no server: it counts, writes and refuses what does not fit. */
export interface FakeModel {
  /** Its window, for `models`. */
  readonly window: ModelWindow;
  /** For `countTokens`. */
  readonly countTokens: CountTokens;
  /** For `generate`. */
  readonly generate: Generate;
  /** Takes a prompt, as the server behind a chat does. */
  call(messages: readonly ModelMessage[], answerTokens?: number): FakeAnswer;
  /** How many texts it wrote. */
  readonly writtenCount: number;
}

const perMessage = 4;

/** Makes a {@link FakeModel}. */
export function fakeModel(options: FakeModelOptions = {}): FakeModel {
  const { contextTokens = 8_192, tokensOf = wordsAndSigns, cutsSilently = false } = options;
  const write = options.write ?? ((messages) => (messages.at(-1)?.content ?? '').split(/\s+/).slice(0, 40).join(' '));
  const promptTokens = (messages: readonly ModelMessage[]) =>
    messages.reduce((sum, { content, toolCalls }) => {
      const calls = toolCalls?.length ? tokensOf(JSON.stringify(toolCalls)) : 0;
      return sum + perMessage + tokensOf(content) + calls;
    }, 3);
  let writtenCount = 0;
  return {
    window: { model: 'fake', contextTokens, countsExactly: true, role: 'ux' },
    countTokens: async ({ messages, tools }) =>
      promptTokens(messages) + (tools && tools.length > 0 ? tokensOf(JSON.stringify(tools)) : 0),
    async generate({ messages, maxTokens }, { signal }) {
      signal.throwIfAborted();
      writtenCount += 1;
      const text = write(messages);
      return { text, complete: tokensOf(text) <= maxTokens };
    },
    call(messages, answerTokens = 0) {
      const tokens = promptTokens(messages);
      if (tokens + answerTokens <= contextTokens) return { promptTokens: tokens, isRefused: false };
      return cutsSilently
        ? { promptTokens: Math.floor(contextTokens / 2), isRefused: false }
        : { promptTokens: tokens, isRefused: true };
    },
    get writtenCount() {
      return writtenCount;
    },
  };
}

function wordsAndSigns(text: string): number {
  return text.match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu)?.length ?? 0;
}
