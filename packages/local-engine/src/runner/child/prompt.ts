import type { ChatMessage, TextCall, ToolFunction } from '../protocol.js';
import { fitMessages, toHistory } from './conversation.js';
import type { Prompt } from './generate.js';
import type { ChatFunctions, ChatWrapper, LlamaModel } from './llama.js';
import { exceeded, mostCharacters, overlongBeginning, refuseOverlong } from './overlong-beginning.js';
import { toFunctions } from './tools.js';

/** What a prompt is made with. */
export interface PromptParts {
  readonly model: LlamaModel;
  readonly chatWrapper: ChatWrapper;
  readonly contextTokens: number;
}

/** One token to answer with, and one of the library's own. */
const leastRoomTokens = 2;

/** The prompt of a call, cut to what fits where it may be. @throws RunnerFailure `context-exceeded` */
export function preparePrompt(call: TextCall, parts: PromptParts): Prompt {
  const limitTokens = parts.contextTokens - leastRoomTokens;
  const prompt =
    call.kind === 'raw' ? rawPrompt(call.prompt, limitTokens, parts) : chatPrompt(call, limitTokens, parts);
  if (prompt.tokens.length <= limitTokens) return prompt;
  throw exceeded(limitTokens, prompt.tokens.length);
}

function chatPrompt(
  chat: Extract<TextCall, { kind: 'chat' }>,
  limitTokens: number,
  { model, chatWrapper }: PromptParts,
): Prompt {
  refuseLongTools(chat.tools, limitTokens);
  const functions = toFunctions(chat.tools);
  const count = (messages: readonly ChatMessage[]) => tokenizeChat(messages, functions, model, chatWrapper);
  const areOverlong = (messages: readonly ChatMessage[]) =>
    overlongBeginning(textOf(messages), limitTokens, model.tokenizer) !== null;
  const measure = (messages: readonly ChatMessage[]) =>
    areOverlong(messages) ? Number.POSITIVE_INFINITY : count(messages).length;
  const fitting = chat.truncate ? fitMessages(chat.messages, limitTokens, measure) : null;
  const messages = fitting ?? chat.messages;
  if (fitting === null && areOverlong(messages)) throw exceeded(limitTokens, null);
  return { history: toHistory(messages), input: [], tokens: count(messages), functions };
}

/** What a conversation has at least, whatever the template. */
export function textOf(messages: readonly ChatMessage[]): string {
  const said = ({ content, toolCalls = [] }: ChatMessage) => [
    content,
    ...toolCalls.map((call) => JSON.stringify(call.arguments)),
  ];
  return messages.flatMap(said).join('\n');
}

/** Templates write functions in different ways, some in fewer words than JSON; a token has fewer characters of it than that. */
const functionCharacters = 128;

/** @throws RunnerFailure `context-exceeded` where the functions alone are far too long */
export function refuseLongTools(tools: readonly ToolFunction[], limitTokens: number): void {
  const most = Math.min(mostCharacters, functionCharacters * limitTokens);
  if (JSON.stringify(tools).length > most) throw exceeded(limitTokens, null);
}

/** The tokens of a conversation in the model's template. */
export function tokenizeChat(
  messages: readonly ChatMessage[],
  functions: ChatFunctions | null,
  { tokenizer }: LlamaModel,
  chatWrapper: ChatWrapper,
): number[] {
  const state = { chatHistory: toHistory(messages), ...(functions && { availableFunctions: functions }) };
  return chatWrapper.generateContextState(state).contextText.tokenize(tokenizer);
}

/** The library prepends the first token itself. */
function rawPrompt(text: string, limitTokens: number, { model }: PromptParts): Prompt {
  const {
    tokenizer,
    tokens: { bos, shouldPrependBosToken },
  } = model;
  refuseOverlong([text], limitTokens, tokenizer);
  const input = tokenizer(text, true);
  return {
    history: null,
    input,
    tokens: shouldPrependBosToken && bos !== null ? [bos, ...input] : input,
    functions: null,
  };
}
