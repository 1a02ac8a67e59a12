import type { ChatMessage, TextCall } from '../protocol.js';
import { fitMessages, toHistory } from './conversation.js';
import { RunnerFailure } from './failure.js';
import type { Prompt } from './generate.js';
import type { ChatFunctions, ChatWrapper, LlamaModel } from './llama.js';
import { overlongBeginning } from './overlong-beginning.js';
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
export function preparePrompt(call: TextCall, { model, chatWrapper, contextTokens }: PromptParts): Prompt {
  const limitTokens = contextTokens - leastRoomTokens;
  const isOverlong = (text: string) => overlongBeginning(text, limitTokens, model.tokenizer) !== null;
  if (call.kind === 'raw' && isOverlong(call.prompt)) throw exceeded(null);
  const prompt = call.kind === 'raw' ? rawPrompt(call.prompt, model) : chatPrompt(call, limitTokens);
  if (prompt.tokens.length <= limitTokens) return prompt;
  throw exceeded(prompt.tokens.length);

  function exceeded(tokens: number | null): RunnerFailure {
    const count = tokens === null ? `more than ${limitTokens} tokens` : `${tokens} of ${limitTokens} tokens`;
    return new RunnerFailure('context-exceeded', `the input length exceeds the context length (${count})`);
  }

  function chatPrompt(chat: Extract<TextCall, { kind: 'chat' }>, limit: number): Prompt {
    const functions = toFunctions(chat.tools);
    const count = (messages: readonly ChatMessage[]) => tokenizeChat(messages, functions, model, chatWrapper);
    const areOverlong = (messages: readonly ChatMessage[]) =>
      isOverlong(messages.map(({ content }) => content).join('\n'));
    const measure = (messages: readonly ChatMessage[]) =>
      areOverlong(messages) ? Number.POSITIVE_INFINITY : count(messages).length;
    const fitting = chat.truncate ? fitMessages(chat.messages, limit, measure) : null;
    const messages = fitting ?? chat.messages;
    if (fitting === null && areOverlong(messages)) throw exceeded(null);
    return { history: toHistory(messages), input: [], tokens: count(messages), functions };
  }
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
function rawPrompt(text: string, { tokenizer, tokens: { bos, shouldPrependBosToken } }: LlamaModel): Prompt {
  const input = tokenizer(text, true);
  return {
    history: null,
    input,
    tokens: shouldPrependBosToken && bos !== null ? [bos, ...input] : input,
    functions: null,
  };
}
