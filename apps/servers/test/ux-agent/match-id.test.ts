import { expect, it } from 'vitest';
import { matchIds } from '../../src/ux-agent/match-id.js';

const first = '01KB0000000000000000AAAAAA';
const second = '01KB0000000000000000BBBBBB';
const ids = [first, second, 'trip', '.*'];

it.each([
  ['the whole id', first, 'exact', [first]],
  ['the whole id in lower case', first.toLowerCase(), 'exact', [first]],
  ['its end', 'AAAAAA', 'suffix', [first]],
  ['O for 0 and l for 1', 'Ol KB'.replace(' ', ''), 'prefix', [first, second]],
  ['a beginning that two have', '01KB', 'prefix', [first, second]],
  ['spaces around it', '  BBBB ', 'suffix', [second]],
  ['three characters', 'AAA', 'none', []],
  ['a short id as a whole', '.*', 'exact', ['.*']],
  ['a pattern that is no id', '....', 'none', []],
  ['an imported id', 'TRIP', 'exact', ['trip']],
  ['nothing', '', 'none', []],
] as const)('takes %s', (_what, text, kind, found) => {
  expect(matchIds(text, ids)).toEqual({ kind, ids: found });
});
