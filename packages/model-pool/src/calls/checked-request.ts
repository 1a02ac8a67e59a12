import { resolveRole } from '../roles/role-name.js';
import type {
  CallRequest,
  ChatMessage,
  DecideQuestion,
  DecideRequest,
  EmbedRequest,
  Id,
  Labels,
  Lane,
  Role,
  RoleName,
  ToolChoice,
  ToolDefinition,
} from '../types.js';
import { poolError } from './call-error.js';

/** A request with its defaults filled in. */
export interface CheckedRequest {
  /** Which request is sent. */
  readonly operation: 'chat' | 'generate' | 'embed' | 'decide';
  /** Canonical. */
  readonly role: Role;
  /** The lane to wait in; `null` = the role's. */
  readonly lane: Lane | null;
  /** Whole. */
  readonly labels: Labels;
  /** Joins the attempts. */
  readonly requestId: Id;
  /** A chat. */
  readonly messages: readonly ChatMessage[] | null;
  /** A prompt instead; the text that questions are about. */
  readonly prompt: string | null;
  /** System prompt. */
  readonly system: string | null;
  /** Texts to embed. */
  readonly input: readonly string[];
  /** Questions to decide. */
  readonly questions: Readonly<Record<string, DecideQuestion>>;
  /** Shape of the answer. */
  readonly format: CallRequest['format'];
  /** Limit that the caller set. */
  readonly maxOutputTokens: number | null;
  /** Heat. */
  readonly temperature: number | null;
  /** Share of the likeliest tokens. */
  readonly topP: number | null;
  /** Seed. */
  readonly seed: number | null;
  /** Ends of the answer. */
  readonly stop: readonly string[];
  /** Functions. */
  readonly tools: readonly ToolDefinition[];
  /** Whether they may be called. */
  readonly toolChoice: ToolChoice;
  /** The candidate to ask first. */
  readonly preferredModel: string | null;
  /** Whether the small model may answer while the chosen one is loaded. */
  readonly coverWhileLoading: boolean;
  /** Time for the whole call, ms. */
  readonly deadlineMs: number | null;
  /** Whether text may be dropped. */
  readonly replayable: boolean;
  /** Ends the call. */
  readonly signal: AbortSignal | null;
}

function refuse(message: string): never {
  throw poolError('rejected', message);
}

function checkNumber(
  name: string,
  value: number | undefined,
  least: number,
  most: number,
  isWhole: boolean,
): number | null {
  if (value === undefined) return null;
  if (!Number.isFinite(value) || value < least || value > most || (isWhole && !Number.isInteger(value))) {
    refuse(`${name} must be a ${isWhole ? 'whole number' : 'number'} from ${least} to ${most}`);
  }
  return value;
}

/** The labels with `null` for what was left out. */
export function fillLabels(labels: Partial<Labels> = {}): Labels {
  return {
    project: labels.project ?? 'default',
    taskId: labels.taskId ?? null,
    stepId: labels.stepId ?? null,
    run: labels.run ?? null,
    conversationId: labels.conversationId ?? null,
    userId: labels.userId ?? null,
    purpose: labels.purpose ?? 'other',
  };
}

function checkRole(name: RoleName): Role {
  const role = resolveRole(name) ?? refuse(`there is no role ${String(name)}; roles are ux and planning`);
  return role === 'embed' ? refuse('the role embed answers embed(), not this call') : role;
}

type Given = Pick<CallRequest, 'labels' | 'requestId' | 'deadlineMs' | 'signal'>;

const nobody: readonly never[] = Object.freeze([]);
const noQuestions: CheckedRequest['questions'] = Object.freeze({});

const checkDeadline = ({ deadlineMs }: Given) => checkNumber('deadlineMs', deadlineMs, 1, 86_400_000, false);

/** A request that is no text. */
function emptyRequest(
  request: Given,
  operation: CheckedRequest['operation'],
  role: Role,
  createId: () => Id,
): CheckedRequest {
  return {
    operation,
    role,
    lane: null,
    labels: fillLabels(request.labels),
    requestId: request.requestId ?? createId(),
    messages: null,
    prompt: null,
    system: null,
    input: nobody,
    questions: noQuestions,
    format: undefined,
    maxOutputTokens: null,
    temperature: null,
    topP: null,
    seed: null,
    stop: nobody,
    tools: nobody,
    toolChoice: 'auto',
    preferredModel: null,
    coverWhileLoading: false,
    deadlineMs: checkDeadline(request),
    replayable: false,
    signal: request.signal ?? null,
  };
}

function checkTools({ tools = nobody, toolChoice, messages, format }: CallRequest): readonly ToolDefinition[] {
  if (tools.length === 0) {
    if (toolChoice !== undefined && toolChoice !== 'auto' && toolChoice !== 'none')
      refuse('toolChoice asks for a tool, but there are no tools');
    return nobody;
  }
  if (messages === undefined) refuse('tools go with messages, not with a prompt');
  if (format !== undefined) refuse('tools and a format exclude each other');
  if (tools.length > 128) refuse('there are more than 128 tools');
  const names = new Set(tools.map(({ name }) => name));
  for (const name of names)
    if (!/^[\w-]{1,64}$/.test(name)) refuse(`${JSON.stringify(name)} cannot be the name of a tool`);
  if (names.size < tools.length) refuse('two tools have the same name');
  if (typeof toolChoice === 'object' && !names.has(toolChoice.name)) refuse(`there is no tool ${toolChoice.name}`);
  return tools;
}

/** Checks a request for text. Every field is named: a spread of so many is slow. @throws ModelPoolError `rejected` */
export function checkRequest(request: CallRequest, createId: () => Id): CheckedRequest {
  const role = checkRole(request.role);
  const { messages, prompt, stop = nobody } = request;
  if ((messages === undefined) === (prompt === undefined)) refuse('give either messages or a prompt');
  if (messages?.length === 0) refuse('messages must not be empty');
  if (stop.length > 16 || stop.some((text) => text === '')) refuse('stop takes at most 16 texts, none of them empty');
  return {
    operation: messages === undefined ? 'generate' : 'chat',
    role,
    lane: null,
    labels: fillLabels(request.labels),
    requestId: request.requestId ?? createId(),
    messages: messages ?? null,
    prompt: prompt ?? null,
    system: request.system ?? null,
    input: nobody,
    questions: noQuestions,
    format: request.format,
    maxOutputTokens: checkNumber('maxOutputTokens', request.maxOutputTokens, 1, 1_000_000, true),
    temperature: checkNumber('temperature', request.temperature, 0, 2, false),
    topP: checkNumber('topP', request.topP, Number.MIN_VALUE, 1, false),
    seed: checkNumber('seed', request.seed, 0, 2 ** 32 - 1, true),
    stop,
    tools: checkTools(request),
    toolChoice: request.toolChoice ?? 'auto',
    preferredModel: request.preferredModel ?? null,
    coverWhileLoading: request.coverWhileLoading === 'ux' && role !== 'ux',
    deadlineMs: checkDeadline(request),
    replayable: request.replayable ?? false,
    signal: request.signal ?? null,
  };
}

/** Checks a request for vectors. @throws ModelPoolError `rejected` */
export function checkEmbedRequest(request: EmbedRequest, createId: () => Id): CheckedRequest {
  if (request.input.length === 0) refuse('input must not be empty');
  const preferredModel = request.preferredModel ?? null;
  return { ...emptyRequest(request, 'embed', 'embed', createId), input: request.input, preferredModel };
}

function checkQuestion(name: string, question: DecideQuestion): void {
  if (question.type === 'choice') {
    const count = Object.keys(question.criteria).length;
    if (count < 2 || count > 256) refuse(`question ${name}: a choice has 2 to 256 criteria`);
  }
  if (question.type === 'score' && (question.criteria.length < 2 || question.criteria.length > 10))
    refuse(`question ${name}: a score has 2 to 10 criteria`);
}

/** Checks questions. @throws ModelPoolError `rejected` */
export function checkDecideRequest(request: DecideRequest, createId: () => Id): CheckedRequest {
  const entries = Object.entries(request.questions);
  if (entries.length === 0 || entries.length > 32) refuse('give 1 to 32 questions');
  for (const [name, question] of entries) checkQuestion(name, question);
  const role = checkRole(request.role ?? 'ux');
  const { state: prompt, questions } = request;
  return { ...emptyRequest(request, 'decide', role, createId), prompt, questions };
}

/** Everything that the model has to read. */
export function promptText(request: CheckedRequest): string {
  let text = `${request.system ?? ''}\n${request.prompt ?? ''}`;
  for (const input of request.input) text += `\n${input}`;
  for (const { content, toolCalls } of request.messages ?? nobody) {
    text += `\n${content}`;
    for (const { name, arguments: given } of toolCalls ?? nobody) text += `\n${name}\n${JSON.stringify(given)}`;
  }
  for (const tool of request.tools) text += `\n${JSON.stringify(tool)}`;
  if (request.questions !== noQuestions)
    for (const question of Object.values(request.questions)) text += `\n${JSON.stringify(question)}`;
  return text;
}
