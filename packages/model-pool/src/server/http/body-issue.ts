import type * as z from 'zod/mini';
import { nearestName } from './nearest-name.js';

/** What is wrong with a body, first of all. */
export interface BodyIssue {
  /** Where: keys and indexes from the outside in. */
  readonly path: readonly PropertyKey[];
  /** What, to be put after the place. */
  readonly problem: string;
}

type Issue = z.core.$ZodIssue;

/** Types whose names are zod's own. */
const typeNames: Readonly<Record<string, string>> = { record: 'object', int: 'integer' };

/** Words for the first issue; zod/mini brings none of its own. `known` are the keys of the body, for suggestions. */
export function describeIssue(issues: readonly Issue[], known: readonly string[]): BodyIssue {
  const [issue] = issues;
  if (issue === undefined) return { path: [], problem: 'is not valid' };
  if (issue.code === 'invalid_union') return describeUnion(issue, known);
  return { path: issue.path, problem: describeProblem(issue, issue.path.length === 0 ? known : []) };
}

function describeProblem(issue: Issue, known: readonly string[]): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return describeUnknown(issue.keys, known);
    case 'invalid_type':
      return `must be of type ${typeNames[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `must be one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      return `must ${sizeOf(issue.origin, issue.inclusive === false ? 'more than' : 'at least', issue.minimum)}`;
    case 'too_big':
      return `must ${sizeOf(issue.origin, issue.inclusive === false ? 'less than' : 'at most', issue.maximum)}`;
    default:
      return 'is not valid';
  }
}

function describeUnknown(keys: readonly string[], known: readonly string[]): string {
  const meant = keys.flatMap((key) => nearestName(key, known) ?? []);
  const hint = meant.length > 0 ? `; did you mean ${meant.join(', ')}?` : '';
  return `has options that are not known: ${keys.join(', ')}${hint}`;
}

function sizeOf(origin: string, relation: string, limit: number | bigint): string {
  if (origin === 'string') return `have ${relation} ${limit} characters`;
  if (origin === 'array') return `have ${relation} ${limit} entries`;
  return `be ${relation} ${limit}`;
}

/** The branch that got furthest is the one that was meant; where none got anywhere, each says what it wants. */
function describeUnion(issue: Issue & { code: 'invalid_union' }, known: readonly string[]): BodyIssue {
  const branches = issue.errors.map((issues) => describeIssue(issues, known));
  const [first] = branches.toSorted((a, b) => b.path.length - a.path.length);
  if (first !== undefined && first.path.length > 0)
    return { path: [...issue.path, ...first.path], problem: first.problem };
  const wanted = branches.map(({ problem }) => problem.replace(/^must /, ''));
  return { path: issue.path, problem: `must ${wanted.join(' or ')}` };
}
