import Database from 'better-sqlite3';
import { array, assert, constantFrom, oneof, property, string, tuple } from 'fast-check';
import { expect, it } from 'vitest';
import { askedForms, bigrams, createTokenizer, indexTokens, placedTokens } from '../../src/store/index-tokens.js';

/** Tokens of a text as FTS5 makes them. */
function fts5(texts: readonly string[]): string[][] {
  const sqlite = new Database(':memory:');
  sqlite.exec(`create virtual table f using fts5(text, tokenize = 'porter unicode61 remove_diacritics 2')`);
  sqlite.exec(`create virtual table v using fts5vocab(f, 'instance')`);
  const insert = sqlite.prepare('insert into f (rowid, text) values (?, ?)');
  for (const [index, text] of texts.entries()) insert.run(index + 1, text);
  const rows = sqlite.prepare('select doc, term from v order by doc, offset').all() as { doc: number; term: string }[];
  sqlite.close();
  return texts.map((_, index) => rows.filter(({ doc }) => doc === index + 1).map(({ term }) => term));
}

const endings = [
  's',
  'es',
  'ies',
  'ed',
  'ing',
  'ational',
  'ization',
  'iveness',
  'ful',
  'ness',
  'able',
  'ment',
  'ly',
  'er',
  'y',
  'ion',
  'e',
  '',
];
const stems = [
  'run',
  'hopp',
  'relat',
  'condit',
  'val',
  'digit',
  'oper',
  'sens',
  'form',
  'happi',
  'cri',
  'size',
  'ag',
  'feed',
  'plaster',
  'motor',
  'sky',
  'tann',
  'fall',
  'hiss',
  'fizz',
  'probat',
  'control',
  'roll',
];

it('makes the tokens that FTS5 makes of English words', () => {
  const texts = stems.flatMap((stem) => endings.map((ending) => `${stem}${ending}`));
  expect(texts.map(indexTokens)).toEqual(fts5(texts));
});

it('makes the tokens that FTS5 makes of words with accents, digits and signs between them', () => {
  const english = tuple(constantFrom(...stems), constantFrom(...endings)).map((parts) => parts.join(''));
  const other = constantFrom('École', 'Überfall', 'mañana', 'Ångström', '7', '42', 'v1', 'A', 'UPPER');
  const sign = constantFrom('_', '-', '.', '/', "'", '"', ' ', '  ', '\n', ':', '*');
  assert(
    property(array(tuple(oneof(english, other), sign), { maxLength: 20 }), (parts) => {
      const text = parts.flat().join('');
      expect(indexTokens(text), JSON.stringify(text)).toEqual(fts5([text])[0]);
    }),
    { numRuns: 200 },
  );
});

it.each([
  'άνθρωπος',
  'ΑΝΘΡΩΠΟΣ',
  'ΆΝΘΡΩΠΟΣ',
  'Ελλάδα',
  'ΐ',
  'Йод',
  'ёлка',
  'がき',
  'ガ',
  '한국어',
  'Việt',
  'İzmir',
  'Åse',
])('makes the token that FTS5 makes of %s', (text) => expect(indexTokens(text)).toEqual(fts5([text])[0]));

it('a tokenizer that remembers words makes the same tokens, however few it may keep', () => {
  const tokensOf = createTokenizer(3);
  assert(
    property(array(constantFrom('Running', 'runs', 'École', 'écoles', '東京', '7', 'hopping')), (parts) => {
      const text = parts.join(' ');
      expect(tokensOf(text)).toEqual(indexTokens(text));
    }),
  );
});

it('places are where the tokens stand', () => {
  assert(
    property(string({ unit: 'binary', maxLength: 50 }), (text) => {
      const placed = placedTokens(text);
      expect(placed.map(({ token }) => token)).toEqual(indexTokens(text));
      expect(placed.flatMap(({ start, end }) => indexTokens(text.slice(start, end)))).toEqual(indexTokens(text));
    }),
  );
});

it.each([
  ['no such alphabet', null],
  ['東', null],
  ['東京', '東京'],
  ['a東京都b カタカナー', '東京 京都 カタ タカ カナ ナー'],
  ['𠀋𠀌𠀍', '𠀋𠀌 𠀌𠀍'],
])('pairs of %o are %o', (text, pairs) => {
  expect(bigrams(text)).toBe(pairs);
  expect(askedForms(text)).toEqual(pairs === null ? [text] : [text, pairs]);
});
