import type { ReportedCounts, TextRequest, TextSink } from '../../src/backends/backend.js';
import type { Profile } from '../../src/roles/profile.js';
import type { JsonObject } from '../../src/types.js';

/** A frozen profile of a model of Claude. */
export function claudeProfile(model: string): Profile {
  const profile = { model, contextTokens: 200_000, maxOutputTokens: 200_000, think: false, slots: 1 };
  return { ...profile, runner: {}, isEmbedder: false, keepAlive: -1 } as unknown as Profile;
}

/** A request for text of a model of Claude. */
export function claudeRequest(
  content: string,
  more: Partial<TextRequest> = {},
  model = 'claude-opus-5-5',
): TextRequest {
  return {
    profile: claudeProfile(model),
    messages: [{ role: 'user', content }],
    prompt: null,
    system: null,
    format: undefined,
    think: false,
    maxOutputTokens: 4_000,
    temperature: null,
    topP: null,
    seed: null,
    stop: [],
    tools: [],
    toolChoice: 'auto',
    signal: new AbortController().signal,
    firstTokenMs: 20_000,
    stallMs: 20_000,
    ...more,
  };
}

export interface Recorded extends TextSink {
  readonly counts: ReportedCounts;
  readonly pieces: [kind: string, text: string][];
  readonly calls: { readonly id: string | null; readonly name: string; readonly arguments: JsonObject }[];
  readonly text: string;
  readonly starts: number;
}

/** A sink that keeps what comes. `onPiece` may slow the reading down. */
export function recordingSink(onPiece: () => Promise<void> | undefined = () => undefined): Recorded {
  const pieces: [string, string][] = [];
  const calls: Recorded['calls'] = [];
  let starts = 0;
  return {
    counts: {
      inputTokens: null,
      outputTokens: null,
      cacheReadTokens: null,
      cacheWriteTokens: null,
      reasoningTokens: null,
    },
    pieces,
    calls,
    get text() {
      return pieces.map(([kind, text]) => (kind === 'text' ? text : '')).join('');
    },
    get starts() {
      return starts;
    },
    started() {
      starts += 1;
    },
    piece(kind, text) {
      pieces.push([kind, text]);
      return onPiece();
    },
    toolCall(call) {
      calls.push(call);
      return undefined;
    },
  };
}
