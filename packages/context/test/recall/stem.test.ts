import { temporaryDatabase } from '@tale/test-kit';
import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { stem } from '../../src/recall/stem.js';

it.each([
  ['caresses', 'caress'],
  ['ponies', 'poni'],
  ['cats', 'cat'],
  ['agreed', 'agre'],
  ['plastered', 'plaster'],
  ['motoring', 'motor'],
  ['conflated', 'conflat'],
  ['hopping', 'hop'],
  ['filing', 'file'],
  ['happy', 'happi'],
  ['sky', 'sky'],
  ['relational', 'relat'],
  ['digitizer', 'digit'],
  ['possibly', 'possibl'],
  ['psychology', 'psycholog'],
  ['triplicate', 'triplic'],
  ['replacement', 'replac'],
  ['adoption', 'adopt'],
  ['controlling', 'control'],
  ['rate', 'rate'],
  ['roll', 'roll'],
  ['10years', '10year'],
])('makes %s to %s', (word, expected) => expect(stem(word)).toBe(expected));

it.each(['', 'as', 'über', 'größe', '版本', 'snake_case', 'a'.repeat(80)])('leaves "%s" as it is', (word) =>
  expect(stem(word)).toBe(word),
);

it('agrees with the porter tokenizer of SQLite on words of every ending', async () => {
  await using database = await temporaryDatabase<unknown>();
  const { kysely } = database;
  await sql`create virtual table words using fts5(text, tokenize='porter unicode61')`.execute(kysely);
  await sql`create virtual table terms using fts5vocab(words, 'instance')`.execute(kysely);
  const roots = [
    'relat',
    'condit',
    'valu',
    'activ',
    'connect',
    'sens',
    'form',
    'decis',
    'gener',
    'oper',
    'hop',
    'fly',
    'try',
    'bl',
    'feed',
    'logi',
  ];
  const endings =
    'ational tional enci anci izer bli alli entli eli ousli ization ation ator alism iveness fulness ousness aliti iviti biliti logi icate ative alize iciti ical ful ness al ance ence er ic able ible ant ement ment ent ion ou ism ate iti ous ive ize ed ing s ies sses y e ll'.split(
      ' ',
    );
  const words = roots.flatMap((root) => endings.map((ending) => `${root}${ending}`));
  for (const [index, word] of words.entries())
    await sql`insert into words (rowid, text) values (${index + 1}, ${word})`.execute(kysely);
  const { rows } = await sql<{ doc: number; term: string }>`select doc, term from terms`.execute(kysely);
  expect(rows).toHaveLength(words.length);
  expect(
    rows.filter(({ doc, term }) => stem(words[doc - 1]!) !== term).map(({ doc, term }) => [words[doc - 1], term]),
  ).toEqual([]);
});
