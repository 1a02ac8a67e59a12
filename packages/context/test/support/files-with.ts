import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Kysely, sql } from 'kysely';

/** Files of the folder that hold the text, in whatever encoding the index keeps it. */
export function filesWith(folder: string, text: string): string[] {
  return readdirSync(folder).filter((name) => readFileSync(join(folder, name)).includes(text));
}

/** Words of the index that hold the text: in its pages a word lacks the letters that it shares with the one before. */
export async function indexedWords(kysely: Kysely<unknown>, text: string): Promise<string[]> {
  const { rows } = await sql<{ term: string }>`select distinct term from context_words where term like ${`%${text}%`}
    order by term`.execute(kysely);
  return rows.map(({ term }) => term);
}
