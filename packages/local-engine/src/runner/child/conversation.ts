import type { ChatMessage, ToolRequest } from '../protocol.js';
import type { ChatHistoryItem, FunctionCallItem } from './llama.js';

type ModelItem = Extract<ChatHistoryItem, { type: 'model' }>;

/**
 * The conversation as node-llama-cpp reads it: calls of functions, their results and what the assistant says about them are one
 * answer. A last message of the assistant is gone on with.
 */
export function toHistory(messages: readonly ChatMessage[]): ChatHistoryItem[] {
  const history: ChatHistoryItem[] = [];
  let open = new Map<string, FunctionCallItem>(); // calls of the last answer that have no result yet
  for (const message of messages) {
    const last = history.at(-1);
    if (message.role === 'system') history.push({ type: 'system', text: message.content });
    if (message.role === 'user') history.push({ type: 'user', text: message.content });
    if (message.role === 'tool') {
      const [id, call] = findCall(open, message);
      if (call) call.result = toResult(message.content);
      else history.push({ type: 'user', text: message.content });
      open.delete(id);
    }
    if (message.role !== 'assistant') continue;
    const calls = (message.toolCalls ?? []).map(
      (request, index) => [request.id, toCall(request, index === 0)] as const,
    );
    open = new Map(calls);
    const said = message.content === '' && calls.length > 0 ? [] : [message.content];
    const answer = last?.type === 'model' && hasCalls(last) ? last : null;
    if (answer) answer.response.push(...said, ...open.values());
    else history.push({ type: 'model', response: [...said, ...open.values()] });
  }
  if (history.at(-1)?.type !== 'model') history.push({ type: 'model', response: [] });
  return history;
}

const hasCalls = (item: ModelItem) => item.response.some((part) => typeof part !== 'string');

function toCall({ name, arguments: params }: ToolRequest, isFirst: boolean): FunctionCallItem {
  return { type: 'functionCall', name, params, result: null, ...(isFirst && { startsNewChunk: true }) };
}

/** The call that a message answers: by id, else by name, else the oldest. */
function findCall(
  open: Map<string, FunctionCallItem>,
  { toolCallId, toolName }: ChatMessage,
): [string, FunctionCallItem?] {
  if (toolCallId !== undefined && open.has(toolCallId))
    return [toolCallId, open.get(toolCallId)] as [string, FunctionCallItem];
  const entries = [...open.entries()];
  return entries.find(([, { name }]) => name === toolName) ?? entries[0] ?? [''];
}

/** JSON stands as what it is; the library would write it as a text within a text. */
function toResult(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return content;
  }
}

/**
 * Drops the oldest messages, never a system prompt and never the last one, until `count` of the rest is at most `limitTokens`.
 * The results of a dropped message's calls go with it. Counts a few times only: to count a long conversation takes long.
 *
 * @returns `null` when even the least does not fit
 */
export function fitMessages(
  messages: readonly ChatMessage[],
  limitTokens: number,
  count: (messages: readonly ChatMessage[]) => number,
): readonly ChatMessage[] | null {
  const groups = droppableGroups(messages);
  const without = (dropped: number) => {
    const gone = new Set(groups.slice(0, dropped).flat());
    return messages.filter((_, index) => !gone.has(index));
  };
  const fits = (dropped: number) => count(without(dropped)) <= limitTokens;
  if (fits(0)) return messages;
  if (!fits(groups.length)) return null;
  let [tooFew, enough] = [0, groups.length];
  while (enough - tooFew > 1) {
    const middle = Math.floor((tooFew + enough) / 2);
    if (fits(middle)) enough = middle;
    else tooFew = middle;
  }
  return without(enough);
}

/** Indexes of the messages that may go, oldest first; those that go together are one group. */
function droppableGroups(messages: readonly ChatMessage[]): number[][] {
  const groups: number[][] = [];
  let isAfterCalls = false;
  for (const [index, { role, toolCalls }] of messages.slice(0, -1).entries()) {
    if (role === 'system') continue;
    if (role === 'tool' && isAfterCalls) groups.at(-1)?.push(index);
    else groups.push([index]);
    if (role !== 'tool') isAfterCalls = (toolCalls?.length ?? 0) > 0;
  }
  return groups;
}
