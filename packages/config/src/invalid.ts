import { ConfigError } from './errors.js';
import type { Problem } from './types.js';

const shown = 10;

/** The error that stands for `problems`, the first of which gives its code; its message has one line for each. */
export function invalid(problems: readonly [Problem, ...Problem[]]): ConfigError {
  const [first] = problems;
  const lines = problems.slice(0, shown).map(describeProblem);
  if (problems.length > shown) lines.push(`and ${problems.length - shown} more`);
  const path = first.file === null ? {} : { path: first.file };
  return new ConfigError(first.code, lines.join('\n'), { problems, ...path });
}

/** `/home/me/.config/tale/config.jsonc:3:5: unknown key "prot"; did you mean "port"?` */
function describeProblem(problem: Problem): string {
  const { file, line, column, variable, layer, message } = problem;
  if (variable !== null) return `${variable}: ${message}`;
  if (file === null) return layer === 'flag' ? `command line: ${message}` : message;
  return `${[file, line, column].filter((part) => part !== null).join(':')}: ${message}`;
}

/** True where there is at least one. */
export function isInvalid(problems: readonly Problem[]): problems is readonly [Problem, ...Problem[]] {
  return problems.length > 0;
}
