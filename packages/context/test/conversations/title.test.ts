import { expect, it } from 'vitest';
import { chooseHeir } from '../../src/conversations/fork.js';
import { titleOf } from '../../src/conversations/title.js';

it.each([
  ['', null],
  [' \n\t ', null],
  ['Hello', 'Hello'],
  ['\n\n  # Plan   a trip. Then more.', 'Plan a trip.'],
  ['- fix src/a.ts please', 'fix src/a.ts please'],
  ['What is 3.5 times two? I wonder', 'What is 3.5 times two?'],
  ['東京に行きたい。いつがいい？', '東京に行きたい。いつがいい？'],
  [`${'word '.repeat(30)}`, 'word word word word word word word word word word word…'],
  ['x'.repeat(100), `${'x'.repeat(59)}…`],
  ['👩‍👩‍👧'.repeat(70), `${'👩‍👩‍👧'.repeat(59)}…`],
])('of %o the title is %o', (text, title) => {
  expect(titleOf(text)).toBe(title);
});

it.each([
  [[], null],
  [[['a', 1, 5]], 'a'],
  [
    [
      ['a', 1, 5],
      ['b', 2, 9],
      ['c', 3, 9],
    ],
    'b',
  ],
  [
    [
      ['a', 9, 5],
      ['b', 2, 5],
    ],
    'b',
  ],
] as const)('of the forks %o the heir is %o', (forks, heir) => {
  expect(chooseHeir(forks.map(([id, num, forkSeq]) => ({ id, num, forkSeq })))?.id ?? null).toBe(heir);
});
