import { resolveRole } from '../roles/role-name.js';
import type { CallRequest, ChatMessage, EmbedRequest, Id, Labels, Role } from '../types.js';
import { poolError } from './call-error.js';

/** A request with its defaults filled in. */
export interface CheckedRequest {
  /** Which request is sent. */
  readonly operation: 'chat' | 'generate' | 'embed';
  /** Canonical. */
  readonly role: Role;
  /** Whole. */
  readonly labels: Labels;
  /** Joins the attempts. */
  readonly requestId: Id;
  /** A chat. */
  readonly messages: readonly ChatMessage[] | null;
  /** A prompt instead. */
  readonly prompt: string | null;
  /** System prompt. */
  readonly system: string | null;
  /** Texts to embed. */
  readonly input: readonly string[];
  /** Shape of the answer. */
  readonly format: CallRequest['format'];
  /** Limit that the caller set. */
  readonly maxOutputTokens: number | null;
  /** Heat. */
  readonly temperature: number | null;
  /** Time for the whole call, ms. */
  readonly deadlineMs: number | null;
  /** Whether text may be dropped. */
  readonly replayable: boolean;
  /** Ends the call. */
  readonly signal: AbortSignal | null;
}

const none: Labels = {
  project: 'default',
  taskId: null,
  stepId: null,
  run: null,
  conversationId: null,
  userId: null,
  purpose: 'other',
};

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
  return { ...none, ...labels };
}

/** Checks a request for text. @throws ModelPoolError `rejected` */
export function checkRequest(request: CallRequest, createId: () => Id): CheckedRequest {
  const role =
    resolveRole(request.role) ?? refuse(`there is no role ${String(request.role)}; roles are ux and planning`);
  if (role === 'embed') refuse('the role embed answers embed(), not call()');
  const { messages, prompt } = request;
  if ((messages === undefined) === (prompt === undefined)) refuse('give either messages or a prompt');
  if (messages?.length === 0) refuse('messages must not be empty');
  return {
    operation: messages === undefined ? 'generate' : 'chat',
    role,
    labels: fillLabels(request.labels),
    requestId: request.requestId ?? createId(),
    messages: messages ?? null,
    prompt: prompt ?? null,
    system: request.system ?? null,
    input: [],
    format: request.format,
    maxOutputTokens: checkNumber('maxOutputTokens', request.maxOutputTokens, 1, 1_000_000, true),
    temperature: checkNumber('temperature', request.temperature, 0, 2, false),
    deadlineMs: checkNumber('deadlineMs', request.deadlineMs, 1, 86_400_000, false),
    replayable: request.replayable ?? false,
    signal: request.signal ?? null,
  };
}

/** Checks a request for vectors. @throws ModelPoolError `rejected` */
export function checkEmbedRequest(request: EmbedRequest, createId: () => Id): CheckedRequest {
  if (request.input.length === 0) refuse('input must not be empty');
  return {
    operation: 'embed',
    role: 'embed',
    labels: fillLabels(request.labels),
    requestId: request.requestId ?? createId(),
    messages: null,
    prompt: null,
    system: null,
    input: request.input,
    format: undefined,
    maxOutputTokens: null,
    temperature: null,
    deadlineMs: checkNumber('deadlineMs', request.deadlineMs, 1, 86_400_000, false),
    replayable: false,
    signal: request.signal ?? null,
  };
}

/** Everything that the model has to read. */
export function promptText(request: CheckedRequest): string {
  const parts = [request.system ?? '', request.prompt ?? '', ...request.input];
  for (const { content } of request.messages ?? []) parts.push(content);
  return parts.join('\n');
}
