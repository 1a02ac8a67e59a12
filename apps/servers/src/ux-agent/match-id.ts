/** Ids that a text may mean, and how it fits them. */
export interface IdMatch {
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'none';
  /** In the order of the ids that were given. */
  readonly ids: readonly string[];
}

const shortest = 4;

/**
 * The ids that a text means: exact, else by the beginning, else by the end, in either case and with O read as 0 and I and L as 1, as ULIDs
 * have neither. An imported id may be any text; of one that is shorter than four characters only the whole will do.
 */
export function matchIds(text: string, ids: readonly string[]): IdMatch {
  const given = text.trim();
  if (ids.includes(given)) return { kind: 'exact', ids: [given] };
  const wanted = fold(given);
  const folded = ids.map((id) => [id, fold(id)] as const);
  const find = (kind: IdMatch['kind'], fits: (id: string) => boolean): IdMatch | null => {
    const found = folded.filter(([, id]) => fits(id)).map(([id]) => id);
    return found.length > 0 ? { kind, ids: found } : null;
  };
  const none: IdMatch = { kind: 'none', ids: [] };
  const exact = find('exact', (id) => id === wanted);
  if (exact || wanted.length < shortest) return exact ?? none;
  return find('prefix', (id) => id.startsWith(wanted)) ?? find('suffix', (id) => id.endsWith(wanted)) ?? none;
}

function fold(id: string): string {
  return id.toUpperCase().replaceAll('O', '0').replaceAll(/[IL]/g, '1');
}
