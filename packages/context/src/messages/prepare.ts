import { cleanText, mapStrings, withoutSecrets } from '../clean-text.js';
import { ContextError } from '../errors.js';
import type { Parts } from '../parts.js';
import type { MessageInsert } from '../store/contract.js';
import type { MessageOrigin, MessageParts, NewMessage } from './types.js';

/** A message ready to store, but for its place. */
export type PreparedMessage = Omit<MessageInsert, 'conversationId' | 'seq'>;

const origins: Readonly<Record<NewMessage['role'], MessageOrigin>> = {
  system: 'user',
  user: 'user',
  assistant: 'model',
  tool: 'tool',
};

/** Checks sizes and takes out what no database stores and no database should hold. */
export function prepareMessage(
  message: NewMessage,
  { limits, secrets, createId, clock }: Pick<Parts, 'limits' | 'secrets' | 'createId' | 'clock'>,
): PreparedMessage {
  checkSize(message.text.length, limits.messageCharacters);
  const safe = (text: string) => withoutSecrets(cleanText(text), secrets);
  return {
    id: cleanText(message.id ?? createId()),
    role: message.role,
    text: safe(message.text),
    parts: prepareParts(message.parts ?? {}, safe, limits.messageCharacters),
    toolCallId: message.toolCallId === undefined ? null : cleanText(message.toolCallId),
    taskId: message.taskId === undefined ? null : cleanText(message.taskId),
    callId: message.callId === undefined ? null : cleanText(message.callId),
    status: 'done',
    origin: message.origin ?? origins[message.role],
    process: null,
    createdAtMs: Math.round(message.createdAtMs ?? clock.now()),
  };
}

/** The same for what a message holds beside its text. */
export function prepareParts(parts: MessageParts, safe: (text: string) => string, limit: number): MessageParts {
  const safeParts = mapStrings(parts, safe);
  checkSize(JSON.stringify(safeParts).length, limit);
  return safeParts;
}

/** Refuses what is over the limit. */
export function checkSize(characters: number, limit: number): void {
  if (characters <= limit) return;
  throw new ContextError(
    'message-too-large',
    `A message holds at most ${limit} characters, this one ${characters}; keep it as a file and attach a reference.`,
    { limit },
  );
}
