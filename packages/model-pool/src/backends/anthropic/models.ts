/** What the API takes for a model. It refuses what a model does not have, so requests are fitted to it. */
export interface ModelFacts {
  /** Size of the context, tokens. */
  readonly contextTokens: number;
  /** Largest answer, thinking included, tokens. */
  readonly maxOutputTokens: number;
  /** How it is told to think: as it sees fit with an effort, or within a budget of tokens. */
  readonly thinking: 'adaptive' | 'budget';
  /** How it is told not to think; `never` = it always thinks, and a low effort is as little as it can be told. */
  readonly thinkingOff: 'omit' | 'disabled' | 'between-tools' | 'never';
  /** Whether it can be made to call a tool; others can only be asked to. */
  readonly takesForcedTools: boolean;
}

type Family = 'opus' | 'sonnet' | 'haiku' | 'fable' | 'mythos';

/** Of a model whose name says nothing: what the newest ones have in common, in a context that all of them have. */
const unknown: ModelFacts = {
  contextTokens: 200_000,
  maxOutputTokens: 64_000,
  thinking: 'adaptive',
  thinkingOff: 'never',
  takesForcedTools: false,
};

/** Family and version (505 for 5.5) of names such as `claude-opus-5-5`, `claude-haiku-4-5-20251001` and `claude-3-7-sonnet-latest`. */
function readName(model: string): { readonly family: Family; readonly version: number } | null {
  const families = 'opus|sonnet|haiku|fable|mythos';
  const match =
    new RegExp(`claude-(?<family>${families})-(?<major>\\d{1,2})(?:-(?<minor>\\d{1,2}))?(?!\\d)`).exec(model) ??
    new RegExp(`claude-(?<major>\\d{1,2})(?:-(?<minor>\\d{1,2}))?-(?<family>${families})`).exec(model);
  if (match?.groups === undefined) return null;
  const { family, major, minor = '0' } = match.groups;
  return { family: family as Family, version: Number(major) * 100 + Number(minor) };
}

/** What is known of a model by its name. @see https://platform.claude.com/docs/en/build-with-claude/thinking-troubleshooting */
export function modelFacts(model: string): ModelFacts {
  const name = readName(model);
  if (name === null) return unknown;
  const { family, version } = name;
  const isLarge = family === 'fable' || family === 'mythos';
  if (version < 406) {
    const isSmall = version < 405;
    const maxOutputTokens = isSmall && family === 'opus' ? 32_000 : 64_000;
    return { ...unknown, maxOutputTokens, thinking: 'budget', thinkingOff: 'omit', takesForcedTools: true };
  }
  const newest = { ...unknown, contextTokens: 1_000_000, maxOutputTokens: 128_000 };
  if (version < 500) return { ...newest, contextTokens: 200_000, thinkingOff: 'omit', takesForcedTools: true };
  if (version === 500) return { ...newest, thinkingOff: isLarge ? 'never' : 'disabled', takesForcedTools: true };
  if (version === 505 && family === 'sonnet') return { ...newest, thinkingOff: 'between-tools' };
  if (version === 505 && family === 'haiku') return { ...newest, thinkingOff: 'disabled', takesForcedTools: true };
  return newest;
}
