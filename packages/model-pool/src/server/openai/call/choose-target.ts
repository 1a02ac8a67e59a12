import type { CallRequest, EmbedRequest, Role } from '../../../types.js';
import { refuseParameter } from '../request/refuse-parameter.js';
import type { RequestedCall } from '../request/requested-call.js';
import type { ServedModel } from './served-models.js';

/** A prompt that is longer is work, characters. */
const longPromptLength = 8_000;
const highEfforts: ReadonlySet<string> = new Set(['medium', 'high', 'xhigh']);

/**
 * Whether a request is work for the large model where either could answer: it offers tools, wants JSON, asks for thought
 * (`reasoning_effort` from medium on), or its prompt has more than 8,000 characters.
 */
export function isDemanding({ call, effort }: Pick<RequestedCall, 'call' | 'effort'>): boolean {
  if (call.format !== undefined || (effort !== null && highEfforts.has(effort))) return true;
  if (call.tools !== undefined && call.toolChoice !== 'none') return true;
  const lengths = (call.messages ?? []).map(({ content }) => content.length);
  return lengths.reduce((sum, length) => sum + length, call.prompt?.length ?? 0) > longPromptLength;
}

/** Who answers a request for text. @throws ModelPoolError `rejected` where the model writes none */
export function chooseTarget(
  { id, roles, configured }: ServedModel,
  requested: Pick<RequestedCall, 'call' | 'effort'>,
): Pick<CallRequest, 'role' | 'preferredModel'> {
  const writing = roles.filter((role) => role !== 'embed');
  const wanted: Role = isDemanding(requested) ? 'planning' : 'ux';
  const role = writing.find((name) => name === wanted) ?? writing[0];
  if (role === undefined) refuseParameter('model', `${id} makes vectors and writes no text`);
  return { role, preferredModel: configured ?? undefined };
}

/** Who answers a request for vectors. @throws ModelPoolError `rejected` where the model makes none */
export function chooseEmbedder({ id, roles, configured }: ServedModel): Pick<EmbedRequest, 'preferredModel'> {
  if (!roles.includes('embed')) refuseParameter('model', `${id} writes text and makes no vectors`);
  return { preferredModel: configured ?? undefined };
}
