import type { ChainPart, MessageRow } from '../store/contract.js';

/** The part of a fork chain that shows this message, `null` if none does. */
export function placeIn(
  chain: readonly ChainPart[],
  message: Pick<MessageRow, 'conversationId' | 'seq'>,
): ChainPart | null {
  return (
    chain.find(
      (part) =>
        part.conversationId === message.conversationId && message.seq >= part.fromSeq && message.seq <= part.toSeq,
    ) ?? null
  );
}
