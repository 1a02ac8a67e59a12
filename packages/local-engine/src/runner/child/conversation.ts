import type { ChatMessage } from '../protocol.js';
import type { ChatHistoryItem } from './llama.js';

/** The conversation as node-llama-cpp reads it. A last message of the assistant is gone on with. */
export function toHistory(messages: readonly ChatMessage[]): ChatHistoryItem[] {
  const history = messages.map((message): ChatHistoryItem => {
    if (message.role === 'system') return { type: 'system', text: message.content };
    if (message.role === 'assistant') return { type: 'model', response: [message.content] };
    return { type: 'user', text: message.content };
  });
  if (history.at(-1)?.type !== 'model') history.push({ type: 'model', response: [] });
  return history;
}

/**
 * Drops the oldest messages, never a system prompt and never the last one, until `count` of the rest is at most `limitTokens`.
 *
 * @returns `null` when even the least does not fit
 */
export function fitMessages(
  messages: readonly ChatMessage[],
  limitTokens: number,
  count: (messages: readonly ChatMessage[]) => number,
): readonly ChatMessage[] | null {
  let kept = messages;
  while (count(kept) > limitTokens) {
    const oldest = kept.findIndex((message, index) => message.role !== 'system' && index < kept.length - 1);
    if (oldest === -1) return null;
    kept = kept.filter((_, index) => index !== oldest);
  }
  return kept;
}
