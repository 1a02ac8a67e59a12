import type { ChainPart, IndexScope, StoreQueries } from '../contract.js';
import type { IndexDriver, NumberedScope, RoleLetter, Tables } from '../index-driver.js';
import { askedForms, indexTokens } from '../index-tokens.js';
import { findScopeNumber } from './scope-numbers.js';

const longestWord = 256;
const letters = { user: 'u', assistant: 'a', tool: 't' } as const;

/** Queries of the index. */
export function indexQueries(
  db: Tables,
  index: IndexDriver,
  chainOf: (id: string) => Promise<ChainPart[]>,
): StoreQueries['index'] {
  return {
    async search(query) {
      const words = query.words.flatMap(formsOf);
      const scope = words.length > 0 ? await numbered(db, query.scope, chainOf) : null;
      if (!scope) return [];
      return index.search(db, {
        scope,
        words,
        match: query.match,
        limit: query.limit,
        order: query.order ?? 'score',
        sinceMs: query.sinceMs ?? null,
        untilMs: query.untilMs ?? null,
        before: query.before ?? null,
      });
    },
    async frequencies(words) {
      const tokens = new Map(words.map((word) => [word, formsOf(word).flat().map(indexTokens)]));
      const { documents, averageTokens, of } = await index.frequencies(db, [...new Set([...tokens.values()].flat(2))]);
      const rarest = (form: readonly string[]) => Math.min(...form.map((token) => of.get(token) ?? 0));
      return {
        documents,
        averageTokens,
        of: new Map(words.map((word) => [word, Math.max(0, ...(tokens.get(word) ?? []).map(rarest))])),
      };
    },
  };
}

/** Of a word the runs of tokens that count as it; none if it holds no letter or digit. */
function formsOf(word: string): string[][] {
  const forms = askedForms(word.slice(0, longestWord))
    .map((form) => form.replaceAll(/["\0]/g, ' '))
    .filter((form) => indexTokens(form).length > 0);
  return forms.length > 0 ? [forms] : [];
}

/** `null` if nothing can be there. */
async function numbered(
  db: Tables,
  scope: IndexScope,
  chainOf: (id: string) => Promise<ChainPart[]>,
): Promise<NumberedScope | null> {
  const { owner, project, conversationId } = scope;
  const chain = conversationId === undefined ? null : await chainOf(conversationId);
  if (chain?.length === 0) return null;
  const ownerNum = owner === undefined ? null : await findScopeNumber(db, owner, null);
  if (ownerNum === null && (owner !== undefined || !chain)) return null;
  if (chain && ownerNum !== null && (await ownerOf(db, chain.at(-1)!)) !== ownerNum) return null;
  const generalNum = owner === undefined ? null : await findScopeNumber(db, owner, '');
  const projectNum =
    owner === undefined || project === undefined ? null : ((await findScopeNumber(db, owner, project ?? '')) ?? 0);
  const projectNums = projectNum === null ? await projectsOf(db, owner) : [projectNum];
  const roles = rolesOf(scope).filter((role) => role !== 'm' || ownerNum !== null);
  return roles.length === 0
    ? null
    : { chain, ownerNum, projectNum, projectNums, generalNum, roles, withPrivate: scope.withPrivate ?? false };
}

async function projectsOf(db: Tables, owner: string | undefined): Promise<number[]> {
  if (owner === undefined) return [];
  const rows = await db
    .selectFrom('context_scopes')
    .select('num')
    .where('owner', '=', owner)
    .where('project', 'is not', null)
    .execute();
  return rows.map(({ num }) => Number(num));
}

async function ownerOf(db: Tables, { conversationNum }: ChainPart): Promise<number | null> {
  const row = await db
    .selectFrom('context_conversations')
    .select('owner_num')
    .where('num', '=', conversationNum)
    .executeTakeFirst();
  return row ? Number(row.owner_num) : null;
}

function rolesOf({ kinds = ['message', 'memory', 'summary'], roles }: IndexScope): RoleLetter[] {
  const found: RoleLetter[] = [];
  if (kinds.includes('message'))
    found.push(...(roles ?? (['user', 'assistant', 'tool'] as const)).map((role) => letters[role]));
  if (kinds.includes('memory')) found.push('m');
  if (kinds.includes('summary')) found.push('s');
  return found;
}
