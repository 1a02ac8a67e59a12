import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nearestName } from '../../../src/server/http/nearest-name.js';

const known = ['maxOutputTokens', 'topP', 'messages', 'stop', 'tale/planning'];

const cases: [string, string | null][] = [
  ['max_output_tokens', 'maxOutputTokens'],
  ['maxOutputToken', 'maxOutputTokens'],
  ['top_p', 'topP'],
  ['mesages', 'messages'],
  ['stops', 'stop'],
  ['tale-planing', 'tale/planning'],
  ['colour', null],
  ['x', null],
  ['', null],
];
for (const [name, expected] of cases)
  it(`${JSON.stringify(name)} is near ${expected}`, () => expect(nearestName(name, known)).toBe(expected));

it('a known name is nearest to itself', () => {
  const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{4,12}$/), { minLength: 1, maxLength: 8 });
  fc.assert(fc.property(names, (some) => some.every((name) => nearestName(name, some) === name)));
});

it('nothing is near where nothing is known', () => expect(nearestName('topP', [])).toBeNull());
