import type { CountCall, TextRequest } from './backend.js';

/** A prompt to be counted as the request for text that it would be: what shapes the prompt is that of a call. */
export function countRequest({ profile, messages, tools, signal }: CountCall): TextRequest {
  return {
    profile,
    messages,
    prompt: null,
    system: null,
    format: undefined,
    think: profile.think,
    maxOutputTokens: profile.maxOutputTokens,
    temperature: null,
    topP: null,
    seed: null,
    stop: [],
    tools,
    toolChoice: 'auto',
    signal,
    firstTokenMs: Number.POSITIVE_INFINITY,
    stallMs: Number.POSITIVE_INFINITY,
  };
}
