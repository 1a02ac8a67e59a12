import type { JsonObject, JsonValue } from '../../types.js';

const list = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? (value as readonly JsonObject[]) : [];
const object = (value: JsonValue | undefined): JsonObject =>
  value !== null && typeof value === 'object' && !Array.isArray(value) ? (value as JsonObject) : {};

/** Content as blocks; a text alone stands for one. */
export function blocksOf(content: JsonValue | undefined): readonly JsonObject[] {
  return typeof content === 'string' ? [{ type: 'text', text: content }] : list(content);
}

function checkBlock(block: JsonObject, where: string): string | null {
  if (block.type === 'text' && (typeof block.text !== 'string' || block.text.trim() === ''))
    return `${where}: text content blocks must contain non-whitespace text`;
  const id = block.id ?? block.tool_use_id;
  if (id !== undefined && (typeof id !== 'string' || !/^[\w-]+$/.test(id)))
    return `${where}: id should match a pattern`;
  return null;
}

/** Each call is answered in the turn right after it, before anything else there. */
function checkMessages(messages: readonly JsonObject[]): string | null {
  let open: string[] = [];
  for (const [index, { role, content }] of messages.entries()) {
    const where = `messages.${index}`;
    if (role !== 'user' && role !== 'assistant') return `${where}: unexpected role`;
    const blocks = blocksOf(content);
    if (blocks.length === 0) return `${where}: content must not be empty`;
    for (const block of blocks) {
      const wrong = checkBlock(block, where);
      if (wrong !== null) return wrong;
    }
    const answered = blocks.filter(({ type }) => type === 'tool_result').map(({ tool_use_id: id }) => String(id));
    if (blocks.slice(0, answered.length).some(({ type }) => type !== 'tool_result'))
      return `${where}: tool_result blocks come first`;
    if (answered.some((id) => !open.includes(id))) return `${where}: unexpected tool_use_id in tool_result blocks`;
    if (open.some((id) => !answered.includes(id)))
      return `${where}: tool_use ids were found without tool_result blocks`;
    open = blocks.filter(({ type }) => type === 'tool_use').map(({ id }) => String(id));
  }
  return open.length > 0 ? 'tool_use ids were found without tool_result blocks' : null;
}

function checkSchema(schema: JsonObject, where: string): string | null {
  if (schema.type === 'object' && schema.additionalProperties !== false)
    return `${where}: 'additionalProperties' must be explicitly set to false`;
  const unsupported = ['minimum', 'maximum', 'minLength', 'maxLength', 'maxItems', 'pattern', 'oneOf'];
  const found = unsupported.find((keyword) => schema[keyword] !== undefined);
  if (found !== undefined) return `${where}: property '${found}' is not supported`;
  const parts = [schema.properties, schema.$defs].flatMap((named) => Object.values(object(named)));
  if (schema.items !== undefined) parts.push(schema.items);
  parts.push(...list(schema.anyOf));
  for (const part of parts) {
    const wrong = checkSchema(object(part), where);
    if (wrong !== null) return wrong;
  }
  return null;
}

/** What a model does not take, by its name. */
function checkModel(model: string, body: JsonObject): string | null {
  const type = object(body.thinking).type;
  const choice = object(body.tool_choice).type;
  const alwaysThinks = /opus-5-5|fable|mythos/.test(model);
  const betweenTools = /sonnet-5-5/.test(model);
  const isOld = /-4-[0-5]|-3-/.test(model);
  if ((alwaysThinks || betweenTools) && (choice === 'any' || choice === 'tool'))
    return 'tool_choice: type "tool" and "any" are not supported for this model.';
  const isTaken =
    type === undefined ||
    (type === 'adaptive' && !isOld) ||
    (type === 'enabled' && isOld) ||
    (type === 'disabled' && !alwaysThinks && !betweenTools) ||
    (type === 'between_tools' && betweenTools);
  if (!isTaken) return `"thinking.type.${String(type)}" is not supported for this model.`;
  if (type === 'enabled' && !(Number(object(body.thinking).budget_tokens) < Number(body.max_tokens)))
    return '`max_tokens` must be greater than `thinking.budget_tokens`';
  if (isOld && object(body.output_config).effort !== undefined) return 'effort is not supported for this model.';
  return null;
}

/** Why the API would answer a request with 400; `null` = it would not. These are rules of its version 2026-10-21. */
export function checkMessageRequest(body: JsonObject): string | null {
  const removed = ['temperature', 'top_p', 'top_k', 'seed'].find((name) => body[name] !== undefined);
  if (removed !== undefined) return `${removed}: Extra inputs are not permitted`;
  const maxTokens = body.max_tokens;
  if (typeof maxTokens !== 'number' || !Number.isInteger(maxTokens) || maxTokens < 1)
    return 'max_tokens: Field required';
  if (maxTokens > 128_000) return `max_tokens: ${maxTokens} > 128000`;
  const messages = list(body.messages);
  if (messages.length === 0) return 'messages: at least one message is required';
  const tools = list(body.tools);
  const usesTools = messages.some(({ content }) => blocksOf(content).some(({ type }) => type === 'tool_use'));
  if (usesTools && tools.length === 0) return 'requests which have `tool_use` blocks must define tools';
  if (tools.some((tool) => object(tool.input_schema).type !== 'object'))
    return 'tools: input_schema.type: Field required';
  if (tools.length === 0 && body.tool_choice !== undefined) return 'tool_choice: only with tools';
  if (Array.isArray(body.stop_sequences) && body.stop_sequences.some((stop) => String(stop).trim() === ''))
    return 'stop_sequences: each stop sequence must contain non-whitespace';
  const schema = object(object(object(body.output_config).format).schema);
  return (
    checkMessages(messages) ??
    checkSchema(schema, 'output_config.format.schema') ??
    checkModel(String(body.model), body)
  );
}

/** The same for a count of tokens, which has no answer and so no limit of one. */
export function checkCountRequest(body: JsonObject): string | null {
  const extra = ['max_tokens', 'stream', 'stop_sequences'].find((name) => body[name] !== undefined);
  if (extra !== undefined) return `${extra}: Extra inputs are not permitted`;
  return checkMessageRequest({ ...body, max_tokens: 128_000 });
}
