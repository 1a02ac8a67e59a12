import type { Piece, Unit, WindowMessage } from './window-data.js';

/** Stands for a result that never came. */
export const missingResultText = '[no result: the call was interrupted]';
const missingResultTokens = 10;

/** Groups messages in order into units; what stands before the first message of the user is a unit too. */
export function groupUnits(messages: readonly WindowMessage[], blocks: ReadonlyMap<number, Piece>): Unit[] {
  const groups: WindowMessage[][] = [];
  for (const message of messages) {
    const last = groups.at(-1);
    if (message.role === 'user' || !last) groups.push([message]);
    else last.push(message);
  }
  return groups.map((group) => ({
    firstSeq: group[0]!.seq,
    messages: pairTools(group),
    block: blocks.get(group[0]!.seq) ?? null,
  }));
}

/**
 * Makes every call of a tool have its result and every result its call, as servers demand: a call without one gets a result that says so, a
 * result without its call is left out. Results stand right behind their call, in its order.
 */
export function pairTools(messages: readonly WindowMessage[]): WindowMessage[] {
  const paired: WindowMessage[] = [];
  const results = new Map<string, WindowMessage[]>();
  for (const message of messages) {
    if (message.role !== 'tool' || message.toolCallId === null) continue;
    results.set(message.toolCallId, [...(results.get(message.toolCallId) ?? []), message]);
  }
  for (const message of messages) {
    if (message.role === 'tool') continue;
    paired.push(message);
    for (const call of message.toolCalls) {
      const result = results.get(call.id)?.find(({ seq }) => seq > message.seq);
      if (result)
        results.set(
          call.id,
          results.get(call.id)!.filter((other) => other !== result),
        );
      paired.push(
        result
          ? { ...result, toolName: result.toolName ?? call.name }
          : {
              id: message.id,
              seq: message.seq + 0.5,
              role: 'tool',
              text: missingResultText,
              tokens: missingResultTokens,
              extraTokens: 0,
              toolCalls: [],
              toolCallId: call.id,
              toolName: call.name,
            },
      );
    }
  }
  return paired;
}
