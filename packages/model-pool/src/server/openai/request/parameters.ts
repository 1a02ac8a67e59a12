import { nearestName } from '../../http/nearest-name.js';
import { refuseParameter } from './refuse-parameter.js';

/** A parameter that would change the answer and that tale cannot heed. */
export interface UnsupportedParameter {
  /** Values that ask for nothing. */
  readonly neutral: readonly unknown[];
  /** What to do instead; may be empty. */
  readonly hint: string;
}

/** What becomes of the parameters of a route. */
export interface ParameterRules {
  /** Those that are read. */
  readonly used: readonly string[];
  /** Those that change no answer: they are taken and do nothing. */
  readonly ignored: readonly string[];
  /** Those that are refused unless they ask for nothing. */
  readonly unsupported: Readonly<Record<string, UnsupportedParameter>>;
}

const unsupported = (hint: string, ...neutral: readonly unknown[]): UnsupportedParameter => ({ neutral, hint });

/** Parameters of all routes that change no answer. */
export const ignoredParameters = [
  'metadata',
  'store',
  'service_tier',
  'prompt_cache_key',
  'prompt_cache_retention',
  'prediction',
] as const;

/** Parameters for text that tale cannot heed. */
export const unsupportedParameters = {
  n: unsupported('; a request has one answer', 1),
  logprobs: unsupported('', false, 0),
  top_logprobs: unsupported('', 0),
  logit_bias: unsupported('', {}),
  presence_penalty: unsupported('', 0),
  frequency_penalty: unsupported('', 0),
} as const;

/** More of them, of chats. */
export const unsupportedChatParameters = {
  ...unsupportedParameters,
  functions: unsupported('; give tools', []),
  function_call: unsupported('; give tool_choice'),
  modalities: unsupported('; answers are text', ['text']),
  audio: unsupported('; answers are text'),
  verbosity: unsupported('; say it in the prompt', 'medium'),
  web_search_options: unsupported(''),
} as const;

/** More of them, of completions. */
export const unsupportedCompletionParameters = {
  ...unsupportedParameters,
  best_of: unsupported('; a request has one answer', 1),
  echo: unsupported('', false),
  suffix: unsupported('', ''),
} as const;

/** The parameters that are read; `null` counts as left out. @throws ModelPoolError `rejected` for one that would be disregarded */
export function takeParameters(body: unknown, rules: ParameterRules): Record<string, unknown> {
  if (body === null || typeof body !== 'object' || Array.isArray(body))
    refuseParameter(null, 'the body must be an object');
  const taken: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    if (value === null || rules.ignored.includes(name)) continue;
    if (rules.used.includes(name)) taken[name] = value;
    else checkUnused(name, value, rules);
  }
  return taken;
}

function checkUnused(name: string, value: unknown, rules: ParameterRules): void {
  const rule = Object.hasOwn(rules.unsupported, name) ? rules.unsupported[name] : undefined;
  if (rule !== undefined) {
    const given = JSON.stringify(value);
    if (rule.neutral.some((neutral) => JSON.stringify(neutral) === given)) return;
    refuseParameter(name, `'${name}' is not supported here${rule.hint}`, 'unsupported_parameter');
  }
  const meant = nearestName(name, rules.used);
  const hint = meant === null ? '' : `; did you mean '${meant}'?`;
  refuseParameter(name, `there is no parameter '${name}'${hint}`, 'unknown_parameter');
}
