/** What a schema says is wrong, as it comes out of zod. */
interface Issue {
  readonly code?: string | undefined;
  readonly message: string;
  readonly path: readonly PropertyKey[];
  readonly keys?: readonly string[];
}

/** An issue of a list of entries in words: which entry, where in it, and what must be there. */
export function describeIssue(issue: Issue | undefined, entries: unknown): string {
  if (!issue) return 'it cannot be read';
  const [index, ...inner] = issue.path;
  const what = sentence(issue, valueAt(entries, issue.path));
  if (typeof index !== 'number') return `it ${what}`;
  const name = valueAt(entries, [index, 'name']);
  const which = typeof name === 'string' ? `"${name.slice(0, 100)}"` : `number ${index + 1}`;
  return [`entry ${which}`, inner.map(String).join('.'), what].filter((part) => part !== '').join(' ');
}

function sentence({ code, message, keys }: Issue, value: unknown): string {
  if (code === 'unrecognized_keys') return `has the unknown key ${keys?.join(', ')}`;
  if (value === undefined) return 'is missing';
  return message === 'Invalid input' ? 'has the wrong type' : message;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
}
