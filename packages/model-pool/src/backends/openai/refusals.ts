import { ModelPoolError } from '../../errors.js';
import type { TextRequest } from '../backend.js';

/** Parts of a request that some servers refuse and that can be said otherwise, or left unsaid, there. */
export type OptionalPart = 'chat_template_kwargs' | 'json_object' | 'max_tokens' | 'reasoning_effort';

const statuses: ReadonlySet<unknown> = new Set([400, 422]);
const codes: ReadonlySet<string> = new Set(['capability-missing', 'configuration', 'rejected']);

/** Whether a refusal blames a part of the request: by its `param`, or in its words where it has none. */
function blames({ message, details }: ModelPoolError, part: string): boolean {
  const { param } = details;
  return typeof param === 'string' ? param.startsWith(part) : message.includes(part);
}

/** The part of a request that its server refused, where the request can do without; `null` = it cannot. */
export function findRefusedPart(
  error: unknown,
  { think, format }: Pick<TextRequest, 'think' | 'format'>,
  refused: ReadonlySet<OptionalPart>,
): OptionalPart | null {
  if (!ModelPoolError.isInstance(error) || !codes.has(error.code) || !statuses.has(error.details.status)) return null;
  const { names } = error.details;
  const candidates: readonly (readonly [OptionalPart, boolean])[] = [
    ['chat_template_kwargs', blames(error, 'chat_template')],
    // A model that cannot think need not be told not to; an effort that is wanted cannot be dropped in silence.
    ['reasoning_effort', (think === false || format !== undefined) && blames(error, 'reasoning_effort')],
    ['json_object', format === 'json' && blames(error, 'response_format')],
    ['max_tokens', blames(error, 'max_tokens') && Array.isArray(names) && names.includes('unsupported_parameter')],
  ];
  return candidates.find(([part, isBlamed]) => isBlamed && !refused.has(part))?.[0] ?? null;
}
