import type {
  MessageCountTokensParams,
  MessageCreateParamsStreaming,
  OutputConfig,
  TextBlockParam,
  ThinkingConfigParam,
  Tool,
  ToolChoice,
} from '@anthropic-ai/sdk/resources/messages';
import { poolError } from '../../calls/call-error.js';
import type { Think, ToolDefinition } from '../../types.js';
import type { TextRequest } from '../backend.js';
import { toolInstruction } from '../tool-instruction.js';
import { answerSchema } from './answer-schema.js';
import { chatBody } from './messages.js';
import { type ModelFacts, modelFacts } from './models.js';

/** From this length on, tools and system prompt are put into the API's cache, characters; shorter ones it does not keep. */
export const cacheFromCharacters = 4096;

const jsonOnly = 'Answer with one JSON value and nothing else: no words around it, no code fence.';
const budgets = { low: 2_048, medium: 8_192, high: 16_384, max: 32_768 } as const;
const ephemeral = { cache_control: { type: 'ephemeral' } } as const;

interface ToolPart {
  readonly tools: readonly Tool[];
  readonly choice: ToolChoice | null;
  /** Whether the model must call one. */
  readonly isForced: boolean;
  /** Told to a model that can only be asked. */
  readonly instruction: string | null;
}

function toolOf({ name, description, parameters }: ToolDefinition): Tool {
  const described = description === undefined ? {} : { description };
  return { name, ...described, input_schema: { ...parameters, type: 'object' } };
}

function toolPart({ tools, toolChoice }: TextRequest, facts: ModelFacts, usedNames: readonly string[]): ToolPart {
  const part = { tools: tools.map(toolOf), choice: null, isForced: false, instruction: null };
  if (tools.length === 0) {
    if (usedNames.length === 0) return part;
    // A chat with calls needs their tools, also where the model may call none any more.
    const used = usedNames.map((name) => toolOf({ name, parameters: {} }));
    return { ...part, tools: used, choice: { type: 'none' } };
  }
  if (toolChoice === 'auto') return part;
  if (toolChoice === 'none') return { ...part, choice: { type: 'none' } };
  if (facts.takesForcedTools) {
    const choice: ToolChoice = toolChoice === 'required' ? { type: 'any' } : { type: 'tool', name: toolChoice.name };
    return { ...part, choice, isForced: true };
  }
  const instruction = toolInstruction(toolChoice);
  if (toolChoice === 'required') return { ...part, instruction };
  return { ...part, tools: part.tools.filter(({ name }) => name === toolChoice.name), instruction };
}

interface ThinkingPart {
  readonly thinking: ThinkingConfigParam | null;
  readonly effort: NonNullable<OutputConfig['effort']> | null;
}

function noThinking(facts: ModelFacts): ThinkingPart {
  switch (facts.thinkingOff) {
    case 'omit':
      return { thinking: null, effort: null };
    case 'disabled':
      return { thinking: { type: 'disabled' }, effort: null };
    case 'between-tools':
      return { thinking: { type: 'between_tools' }, effort: null };
    case 'never':
      return { thinking: null, effort: 'low' };
  }
}

function thinkingPart(think: Think, facts: ModelFacts, maxTokens: number, isToolLoop: boolean): ThinkingPart {
  if (think === false) return noThinking(facts);
  if (facts.thinking === 'adaptive') {
    return { thinking: { type: 'adaptive', display: 'summarized' }, effort: think === true ? null : think };
  }
  const budget = Math.min(budgets[think === true ? 'medium' : think], Math.floor(maxTokens / 2));
  // With a budget the API wants the thinking before a call back, which a chat does not keep; and 1024 is the least.
  if (isToolLoop || budget < 1_024) return noThinking(facts);
  return { thinking: { type: 'enabled', budget_tokens: budget }, effort: null };
}

/** Marks the end of what stays the same from call to call: the system prompt, else the last tool. */
function withCache(
  system: string,
  tools: readonly Tool[],
  isCached: boolean,
): Pick<MessageCreateParamsStreaming, 'system' | 'tools'> {
  const isLong = system.length + JSON.stringify(tools).length >= cacheFromCharacters;
  const marked = isCached && isLong;
  const block: TextBlockParam = { type: 'text', text: system, ...(marked ? ephemeral : {}) };
  const sent = tools.map((tool, index) =>
    marked && system === '' && index === tools.length - 1 ? { ...tool, ...ephemeral } : tool,
  );
  return { ...(system === '' ? {} : { system: [block] }), ...(sent.length === 0 ? {} : { tools: sent }) };
}

/**
 * Body of `POST /v1/messages`. `temperature`, `topP` and `seed` are left out: the API has none of them.
 *
 * @throws ModelPoolError `rejected` where nothing is asked, `capability-missing` for a stop of white space alone
 */
export function messageBody(request: TextRequest, isCached: boolean): MessageCreateParamsStreaming {
  const { profile, messages, prompt, format, stop } = request;
  const facts = modelFacts(profile.model);
  const chat = chatBody(messages ?? [{ role: 'user', content: prompt ?? '' }]);
  if (chat.messages.length === 0) throw poolError('rejected', 'there is no message for the model');
  if (stop.some((text) => text.trim() === ''))
    throw poolError('capability-missing', 'Claude stops at no text of white space alone');
  const tool = toolPart(request, facts, chat.toolNames);
  const maxTokens = Math.min(request.maxOutputTokens, facts.maxOutputTokens);
  const thinks = format === undefined && !tool.isForced ? request.think : false;
  const { thinking, effort } = thinkingPart(thinks, facts, maxTokens, chat.isToolLoop);
  const told = [request.system, ...chat.system, format === 'json' ? jsonOnly : null, tool.instruction];
  const system = told.filter((text) => text !== null && text.trim() !== '').join('\n\n');
  const output: OutputConfig = {
    ...(effort === null ? {} : { effort }),
    ...(format === undefined || format === 'json'
      ? {}
      : { format: { type: 'json_schema', schema: answerSchema(format) } }),
  };
  return {
    model: profile.model,
    max_tokens: maxTokens,
    stream: true,
    ...withCache(system, tool.tools, isCached),
    messages: chat.messages,
    ...(tool.choice === null ? {} : { tool_choice: tool.choice }),
    ...(thinking === null ? {} : { thinking }),
    ...(Object.keys(output).length === 0 ? {} : { output_config: output }),
    ...(stop.length === 0 ? {} : { stop_sequences: [...stop] }),
  };
}

/** Body of `POST /v1/messages/count_tokens`: what of a message its prompt is made of. @throws ModelPoolError as `messageBody` */
export function countBody(request: TextRequest): MessageCountTokensParams {
  const { max_tokens, stream, stop_sequences, ...prompt } = messageBody(request, false);
  return prompt;
}
