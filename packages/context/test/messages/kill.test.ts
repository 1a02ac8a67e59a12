import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { seededRandom, temporaryDatabase } from '@tale/test-kit';
import { expect, inject, it } from 'vitest';
import { createContext } from '../../src/index.js';

const mostBytes = 1_000;
const mostMs = 500;
const writeMs = 100; // a flush that was due is being written

interface Writing {
  readonly child: ChildProcess;
  readonly lines: () => string[];
  readonly exit: Promise<unknown>;
}

function start(mode: string, path: string, conversation: string): Writing {
  const child = spawn(process.execPath, [join(inject('childFolder'), 'writer.mjs'), mode, path, conversation], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return { child, lines: () => text.split('\n').slice(0, -1), exit: once(child, 'close') };
}

/** What a process told before it was killed. */
function toldBy(lines: readonly string[]) {
  const appended = new Map<string, number>();
  const streamed = new Map<
    string,
    { characters: number; ended: boolean; deltas: { characters: number; atMs: number }[] }
  >();
  for (const line of lines) {
    const [what, id = '', first = '0', second = '0'] = line.split(' ');
    if (what === 'append') appended.set(id, Number(first));
    else {
      const stream = streamed.get(id) ?? { characters: 0, ended: false, deltas: [] };
      if (what === 'end') stream.ended = true;
      else {
        stream.characters += Number(first);
        stream.deltas.push({ characters: Number(first), atMs: Number(second) });
      }
      streamed.set(id, stream);
    }
  }
  return { appended, streamed };
}

it.each([
  ['fast', 700],
  ['slow', 60],
])(
  'CONTEXT-1: a process that is killed in mid-stream loses no acknowledged message and at most 1 kB or 500 ms of text (%s)',
  async (mode, mostLines) => {
    await using database = await temporaryDatabase();
    const random = seededRandom(mode.length);
    let seen = 0;
    for (let round = 0; round < 6; round++) {
      const { child, lines, exit } = start(mode, database.path, 'c');
      const enough = 10 + Math.floor(random() * mostLines);
      try {
        while (lines().length < enough) await once(child.stdout!, 'data');
      } finally {
        child.kill('SIGKILL');
      }
      await exit;
      const { appended, streamed } = toldBy(lines());

      await using context = createContext({ kysely: database.open().kysely });
      const messages = context.messages('c');
      for (const [id, seq] of appended) expect((await messages.read(id)).seq).toBe(seq);
      for (const [id, { characters, ended, deltas }] of streamed) {
        const { text, status } = await messages.read(id);
        const lost = characters - text.length;
        seen += 1;
        if (status === 'done' && lost === 0) continue; // it may have ended before it could tell
        expect([status, ended]).toEqual(['aborted', false]);
        const recent = deltas.filter(({ atMs }) => atMs >= deltas.at(-1)!.atMs - mostMs - writeMs);
        const recentCharacters = recent.reduce((sum, delta) => sum + delta.characters, 0);
        expect(lost).toBeLessThanOrEqual(Math.min(mostBytes + deltas.at(-1)!.characters, recentCharacters));
      }
      expect((await context.verify()).problems).toEqual([]);
    }
    expect(seen).toBeGreaterThan(5);
    expect(database.sqlite.pragma('integrity_check', { simple: true })).toBe('ok');
  },
  120_000,
);

it('CONTEXT-3: four processes write one conversation without a gap', async () => {
  await using database = await temporaryDatabase();
  const writers = Array.from({ length: 4 }, () => start('append', database.path, 'c'));
  const codes = await Promise.all(writers.map(async ({ exit }) => ((await exit) as [number])[0]));
  expect(codes).toEqual([0, 0, 0, 0]);
  const told = writers.flatMap(({ lines }) => [...toldBy(lines()).appended.values()]).sort((a, b) => a - b);
  expect(told).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
  await using context = createContext({ kysely: database.kysely });
  expect(await context.verify()).toMatchObject({ ok: true, messages: 100 });
});

it('four processes make the tables at the same moment', async () => {
  await using database = await temporaryDatabase();
  const makers = Array.from({ length: 4 }, () => start('migrate', database.path, 'c'));
  const codes = await Promise.all(makers.map(async ({ exit }) => ((await exit) as [number])[0]));
  expect(codes).toEqual([0, 0, 0, 0]);
  expect(database.sqlite.prepare('select count(*) as n from context_migrations').get()).toEqual({ n: 1 });
});
