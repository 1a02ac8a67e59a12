import { expect, it } from 'vitest';
import { oneAtATime } from '../../src/store/one-at-a-time.js';

it('works of one key run in their order, also behind one that fails, and others do not wait', async () => {
  const run = oneAtATime();
  const log: string[] = [];
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const work =
    (name: string, turns: number, fails = false) =>
    async () => {
      log.push(`${name} begins`);
      for (let at = 0; at < turns; at++) await turn();
      log.push(`${name} ends`);
      if (fails) throw new Error(name);
      return name;
    };
  const first = run('a', work('first', 4, true));
  const second = run('a', work('second', 1));
  const other = run('b', work('other', 1));
  await expect(first).rejects.toThrow('first');
  expect(await Promise.all([second, other])).toEqual(['second', 'other']);
  expect(log.filter((line) => !line.startsWith('other'))).toEqual([
    ...['first begins', 'first ends', 'second begins', 'second ends'],
  ]);
  expect(log.indexOf('other ends')).toBeLessThan(log.indexOf('first ends'));
});
