import type { InstalledModel } from '../../status.js';
import type { ChatMessage, JsonObject, ToolCall, ToolDefinition } from '../../types.js';
import type { CountCall, LoadedModel, ReportedCounts, TextEnd, TextRequest } from '../backend.js';
import { countRequest } from '../count-request.js';
import { chatBody } from '../openai/request-body.js';
import { readCount } from '../read-count.js';
import { readToolArguments } from '../tool-arguments.js';
import { toolInstruction } from '../tool-instruction.js';

type WritableBody = { -readonly [Key in keyof JsonObject]: JsonObject[Key] };

/**
 * Body of `/api/chat` or `/api/generate`, with the path. The runner's options are those of the profile and of every other
 * request. What a request does not have is left out by assignment: a chain of spreads is slow.
 */
export function textBody(request: TextRequest): { path: string; body: JsonObject } {
  const { profile, format, toolChoice } = request;
  const options: Record<string, number | readonly string[]> = {
    ...profile.runner,
    num_predict: request.maxOutputTokens,
  };
  if (request.temperature !== null) options.temperature = request.temperature;
  if (request.topP !== null) options.top_p = request.topP;
  if (request.seed !== null) options.seed = request.seed;
  if (request.stop.length > 0) options.stop = request.stop;
  const body: WritableBody = {
    model: profile.model,
    stream: true,
    // Thinking and a format exclude each other: Ollama would run two completions and report only the last one's counts.
    think: format === undefined ? request.think : false,
    keep_alive: profile.keepAlive,
    // What does not fit is refused, and an answer ends where the context does: nothing is dropped without a word.
    truncate: false,
    options,
  };
  if (format !== undefined) body.format = format;
  if (request.messages === null) {
    if (request.system !== null) body.system = request.system;
    body.prompt = request.prompt ?? '';
    return { path: '/api/generate', body };
  }
  const messages = request.messages.map(messageBody);
  if (request.system !== null) messages.unshift({ role: 'system', content: request.system });
  // The API has no choice of tools: what is not offered cannot be called, and what must be called is asked for.
  const offered = request.tools.filter(
    ({ name }) => toolChoice !== 'none' && (typeof toolChoice === 'string' || toolChoice.name === name),
  );
  const instruction = offered.length === 0 ? null : toolInstruction(toolChoice);
  body.messages = instruction === null ? messages : withInstruction(messages, instruction);
  if (offered.length > 0) body.tools = offered.map(toolBody);
  return { path: '/api/chat', body };
}

/** Many templates take one system message alone: the instruction stands at its end. */
function withInstruction(messages: readonly JsonObject[], instruction: string): readonly JsonObject[] {
  const [first, ...others] = messages;
  if (first?.role !== 'system') return [{ role: 'system', content: instruction }, ...messages];
  return [{ ...first, content: `${String(first.content)}\n\n${instruction}` }, ...others];
}

/** Body of local-engine's `/apply-template`, which reads messages as OpenAI's API does. */
export function templateBody(call: CountCall): JsonObject {
  const { model, messages, tools } = chatBody(countRequest(call), new Set());
  return { model, messages, ...(tools === undefined ? {} : { tools }) } as JsonObject;
}

function toolBody({ name, description, parameters }: ToolDefinition): JsonObject {
  const described = description === undefined ? {} : { description };
  return { type: 'function', function: { name, ...described, parameters } };
}

function messageBody({ role, content, toolCalls, toolCallId, toolName }: ChatMessage): JsonObject {
  const body: WritableBody = { role, content };
  if (toolCalls !== undefined && toolCalls.length > 0)
    body.tool_calls = toolCalls.map(({ id, name, arguments: given }) => ({
      id,
      type: 'function',
      function: { name, arguments: given },
    }));
  if (toolCallId !== undefined) body.tool_call_id = toolCallId;
  if (toolName !== undefined) body.tool_name = toolName;
  return body;
}

const noToolCalls: readonly never[] = Object.freeze([]);

/** Text and thinking of one object of an answer. */
export function readText(line: JsonObject): { text: string; thinking: string } {
  const from = (line.message ?? line) as JsonObject;
  const given = line.message === undefined ? from.response : from.content;
  return {
    text: typeof given === 'string' ? given : '',
    thinking: typeof from.thinking === 'string' ? from.thinking : '',
  };
}

/** Calls that one object of an answer asks for; arguments come as an object, from some servers as JSON text. */
export function readToolCalls(line: JsonObject): readonly (Omit<ToolCall, 'id'> & { readonly id: string | null })[] {
  const calls = (line.message as JsonObject | undefined)?.tool_calls;
  if (!Array.isArray(calls)) return noToolCalls;
  return (calls as JsonObject[]).flatMap((call) => {
    const called = (call?.function ?? {}) as JsonObject;
    if (typeof called.name !== 'string' || called.name === '') return [];
    const given = readToolArguments(called.arguments);
    return [{ id: text(call.id), name: called.name, arguments: given }];
  });
}

/** Takes over the counts that an object carries. Ollama leaves a count out when it is 0. */
export function readCounts(line: JsonObject, counts: ReportedCounts): void {
  const timings = line.timings as JsonObject | undefined;
  counts.inputTokens = readCount(line.prompt_eval_count) ?? counts.inputTokens;
  counts.outputTokens = readCount(line.eval_count) ?? counts.outputTokens;
  if (timings !== null && typeof timings === 'object')
    counts.cacheReadTokens = readCount(timings.cache_n) ?? counts.cacheReadTokens;
}

/** The end of an answer from its last object; durations come in nanoseconds and are left out when 0. */
export function readEnd(line: JsonObject): TextEnd {
  const ms = (value: unknown) =>
    value === undefined ? 0 : typeof value === 'number' && value >= 0 && value < 1e16 ? value / 1e6 : Number.NaN;
  const times = {
    totalMs: ms(line.total_duration),
    loadMs: ms(line.load_duration),
    prefillMs: ms(line.prompt_eval_duration),
    decodeMs: ms(line.eval_duration),
  };
  const known = times.totalMs > 0 && times.prefillMs + times.decodeMs <= times.totalMs;
  return { finishReason: line.done_reason === 'length' ? 'length' : 'stop', times: known ? times : null };
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);

/** One entry of `/api/tags`. */
export function readInstalled(entry: JsonObject): InstalledModel {
  const { capabilities } = entry;
  return {
    model: text(entry.model) ?? text(entry.name) ?? '',
    digest: text(entry.digest)?.replace(/^sha256:/, '') ?? null,
    bytes: readCount(entry.size) ?? 0,
    capabilities: Array.isArray(capabilities) ? capabilities.filter((item) => typeof item === 'string') : null,
    kvBytesPerToken: null,
    contextTokens: null,
  };
}

/** One entry of `/api/ps`. */
export function readLoaded(entry: JsonObject): LoadedModel {
  const expiresAtMs = Date.parse(text(entry.expires_at) ?? '');
  return {
    model: text(entry.model) ?? text(entry.name) ?? '',
    digest: text(entry.digest)?.replace(/^sha256:/, '') ?? null,
    bytes: readCount(entry.size) ?? 0,
    contextTokens: readCount(entry.context_length),
    expiresAtMs: Number.isNaN(expiresAtMs) ? null : expiresAtMs,
  };
}

/**
 * Takes over what `/api/show` says: capabilities, context, the memory of one token (keys and values of all layers in 16 bits), and what
 * local-engine says of the memory beside them.
 */
export function readShow(model: InstalledModel, show: JsonObject): InstalledModel {
  const info = (show.model_info ?? {}) as JsonObject;
  const architecture = text(info['general.architecture']) ?? '';
  const read = (key: string) => readCount(info[`${architecture}.${key}`]);
  const layers = read('block_count');
  const heads = read('attention.head_count');
  const keyValueHeads = read('attention.head_count_kv') ?? heads;
  const width = read('embedding_length');
  const headSize = read('attention.key_length') ?? (width !== null && heads ? width / heads : null);
  const known = layers !== null && keyValueHeads !== null && headSize !== null;
  const { capabilities } = show;
  const baseBytes = readCount(show.base_bytes);
  return {
    ...model,
    ...(baseBytes !== null && baseBytes > 0 && { baseBytes }),
    capabilities: Array.isArray(capabilities)
      ? capabilities.filter((item) => typeof item === 'string')
      : model.capabilities,
    kvBytesPerToken: known ? 2 * 2 * layers * keyValueHeads * headSize : model.kvBytesPerToken,
    contextTokens: read('context_length') ?? model.contextTokens,
  };
}
