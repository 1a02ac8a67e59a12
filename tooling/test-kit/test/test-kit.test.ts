import { existsSync } from 'node:fs';
import { manualClock, seededRandom, temporaryDatabase, temporaryFolder, until } from '@tale/test-kit';
import { expect, it } from 'vitest';

it('fires timers in the order of their time while the clock moves', async () => {
  const clock = manualClock(0);
  const fired: number[] = [];
  clock.after(20, () => fired.push(clock.now()));
  clock.after(10, () => {
    fired.push(clock.now());
    clock.after(5, () => fired.push(clock.now()));
  });
  const takeBack = clock.after(12, () => fired.push(-1));
  takeBack();
  await clock.advance(30);
  expect(fired).toEqual([10, 15, 20]);
  expect(clock.now()).toBe(30);
});

it('removes a folder when it is disposed of', async () => {
  let path = '';
  {
    await using folder = await temporaryFolder();
    path = folder.path;
    expect(existsSync(path)).toBe(true);
  }
  expect(existsSync(path)).toBe(false);
});

it('opens one file through several handles', async () => {
  await using database = await temporaryDatabase<{ t: { x: number } }>();
  database.sqlite.exec('create table t(x integer) strict');
  database.sqlite.exec('insert into t values (7)');
  const other = database.open();
  expect(await other.kysely.selectFrom('t').select('x').execute()).toEqual([{ x: 7 }]);
});

it('gives the same numbers for the same seed', () => {
  const a = seededRandom(1);
  const b = seededRandom(1);
  expect([a(), a(), a()]).toEqual([b(), b(), b()]);
  expect(seededRandom(2)()).not.toBe(seededRandom(1)());
});

it('rejects when what it waits for does not come', async () => {
  await expect(until('never', () => false, 50)).rejects.toThrow(/never/);
  let calls = 0;
  expect(await until('third', () => (++calls === 3 ? calls : null))).toBe(3);
});
