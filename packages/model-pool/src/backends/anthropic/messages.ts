import type { ContentBlockParam, MessageParam, ToolUseBlockParam } from '@anthropic-ai/sdk/resources/messages';
import type { ChatMessage, ToolCall } from '../../types.js';

/** A chat as the API takes it. */
export interface ChatBody {
  /** System messages, in order. */
  readonly system: readonly string[];
  /** User and assistant in turn. */
  readonly messages: MessageParam[];
  /** Names of tools that the chat has calls of. */
  readonly toolNames: readonly string[];
  /** Whether the model is in the middle of its work: the last turn answers its calls. */
  readonly isToolLoop: boolean;
}

/** The API takes letters, digits, `_` and `-` in ids; other servers give others. The same id stays the same. */
const idOf = (id: string) => id.replace(/[^\w-]/g, '_');

const isText = (text: string) => text.trim() !== '';

function useOf({ id, name, arguments: input }: ToolCall): ToolUseBlockParam {
  return { type: 'tool_use', id: idOf(id), name, input };
}

/** Puts turns together. Each call is answered in the turn right after it, which the API insists on. */
class ChatWriter {
  readonly messages: MessageParam[] = [];
  #role: 'user' | 'assistant' | null = null;
  #blocks: ContentBlockParam[] = [];
  /** Calls of the last assistant turn that nothing has answered yet. */
  #open: ToolCall[] = [];
  /** Answers of the user turn that is being put together; the API wants them first. */
  #results = 0;

  assistant(content: string, toolCalls: readonly ToolCall[]): void {
    this.#turn('assistant');
    if (isText(content)) this.#blocks.push({ type: 'text', text: content });
    this.#blocks.push(...toolCalls.map(useOf));
    this.#open.push(...toolCalls);
  }

  user(content: string): void {
    this.#turn('user');
    if (isText(content)) this.#blocks.push({ type: 'text', text: content });
  }

  /** An answer without a call, such as one whose call was cut off the chat, is told as text. */
  tool(content: string, { toolCallId, toolName }: ChatMessage): void {
    const index = this.#open.findIndex(({ id, name }) =>
      toolCallId === undefined ? toolName === undefined || name === toolName : id === toolCallId,
    );
    const call = this.#open[index];
    if (call === undefined) {
      this.user(`Result of ${toolName ?? 'a tool'}:\n${content}`);
      return;
    }
    this.#turn('user');
    this.#open.splice(index, 1);
    this.#answer(call, content, false);
  }

  end(): void {
    if (this.#open.length > 0) this.#turn('user');
    this.#close();
  }

  #answer({ id }: ToolCall, content: string, isError: boolean): void {
    const result = { type: 'tool_result', tool_use_id: idOf(id), ...(isError ? { is_error: true } : {}) } as const;
    this.#blocks.splice(this.#results, 0, isText(content) ? { ...result, content } : result);
    this.#results += 1;
  }

  #turn(role: 'user' | 'assistant'): void {
    if (this.#role === role) return;
    this.#close();
    this.#role = role;
  }

  #close(): void {
    if (this.#role === 'user') {
      for (const call of this.#open) this.#answer(call, 'There is no result.', true);
      this.#open = [];
    }
    const [first] = this.#blocks;
    if (this.#role !== null && first !== undefined) {
      const isPlain = this.#blocks.length === 1 && first.type === 'text';
      this.messages.push({ role: this.#role, content: isPlain ? first.text : this.#blocks });
    }
    this.#blocks = [];
    this.#results = 0;
  }
}

/** Turns a chat into the API's: system messages apart, turns of one side joined, answers of tools beside their calls. */
export function chatBody(chat: readonly ChatMessage[]): ChatBody {
  const writer = new ChatWriter();
  const system: string[] = [];
  const toolNames = new Set<string>();
  for (const message of chat) {
    const { role, content, toolCalls = [] } = message;
    for (const { name } of toolCalls) toolNames.add(name);
    if (role === 'system') system.push(content);
    else if (role === 'assistant') writer.assistant(content, toolCalls);
    else if (role === 'tool') writer.tool(content, message);
    else writer.user(content);
  }
  writer.end();
  const last = writer.messages.at(-1);
  const isToolLoop = Array.isArray(last?.content) && last.content.some(({ type }) => type === 'tool_result');
  return { system, messages: writer.messages, toolNames: [...toolNames], isToolLoop };
}
