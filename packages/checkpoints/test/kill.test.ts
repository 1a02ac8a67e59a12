import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { seededRandom, temporaryDatabase } from '@tale/test-kit';
import { expect, inject, it } from 'vitest';
import { createCheckpoints } from '../src/index.js';

const threads = ['a', 'b', 'c'];

function start(mode: string, path: string): { child: ChildProcess; lines: () => string[]; exit: Promise<unknown> } {
  const child = spawn(process.execPath, [inject('childFile'), mode, path, ...threads], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return { child, lines: () => text.split('\n').slice(0, -1), exit: once(child, 'close') };
}

// CHECKPOINTS-1
it.each(['single', 'group'])(
  'keeps every acknowledged step when the process that writes is killed (%s writes)',
  async (mode) => {
    await using database = await temporaryDatabase();
    const random = seededRandom(mode.length);
    const acknowledged = new Map<string, string>();
    for (let round = 0; round < 6; round++) {
      const { child, lines, exit } = start(mode, database.path);
      const enough = 5 + Math.floor(random() * 60);
      try {
        while (lines().length < enough) await once(child.stdout!, 'data');
      } finally {
        child.kill('SIGKILL');
      }
      await exit;
      for (const line of lines()) {
        const [id, step, hash] = line.split(' ');
        acknowledged.set(`${id} ${step}`, hash!);
      }

      const store = createCheckpoints({ kysely: database.open().kysely });
      for (const id of threads) {
        const thread = store.thread(id);
        const { head, damaged } = await thread.verify();
        expect({ id, damaged }).toEqual({ id, damaged: [] });
        const last = await thread.load();
        expect(last?.step ?? 0).toBe(head);
        if (last) {
          const expected = Array.from({ length: head - 1 }, (_, index) => `line ${index + 1}`);
          expect((last.state as { lines: string[] }).lines).toEqual(expected);
        }
        const written = new Map((await thread.steps()).map(({ step, hash }) => [`${id} ${step}`, hash]));
        for (const [key, hash] of acknowledged) if (key.startsWith(`${id} `)) expect(written.get(key)).toBe(hash);
      }
    }
    expect(acknowledged.size).toBeGreaterThan(30);
  },
  120_000,
);

it('lets four processes make the tables at the same moment', async () => {
  for (let round = 0; round < 3; round++) {
    await using database = await temporaryDatabase();
    const children = Array.from({ length: 4 }, () => start('migrate', database.path));
    const ends = (await Promise.all(children.map(({ exit }) => exit))) as [number][];
    expect(ends.map(([code]) => code)).toEqual([0, 0, 0, 0]);
    expect(database.sqlite.prepare('select count(*) as n from ckpt_migrations').get()).toEqual({ n: 1 });
  }
});
