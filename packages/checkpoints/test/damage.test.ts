import { seededRandom, temporaryDatabase } from '@tale/test-kit';
import { expect, it } from 'vitest';
import { createCheckpoints, migrateCheckpoints, type ThreadDamaged } from '../src/index.js';

const steps = 6;
const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

/** A thread of six steps, and a way to read it as a process does that has just been started. */
async function written() {
  const database = await temporaryDatabase();
  await migrateCheckpoints(database.kysely);
  const store = createCheckpoints({ kysely: database.kysely, clock: { now: () => 1_000 } });
  const thread = store.thread('t');
  await thread.append({ ops: [['=', ['lines'], []]] });
  for (let step = 2; step <= steps; step++) await thread.append({ ops: [['+', ['lines'], [`line ${step}`]]] });
  await store.thread('other').append({ state: { fine: true } });
  const fresh = () => {
    const events: ThreadDamaged[] = [];
    const reader = createCheckpoints({ kysely: database.kysely });
    reader.events.on('thread-damaged', (event) => events.push(event));
    return { thread: reader.thread('t'), other: reader.thread('other'), events };
  };
  const change = (sql: string, ...parameters: unknown[]) => database.sqlite.prepare(sql).run(...parameters);
  return { ...database, thread, fresh, change, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
}
const stateAt = (step: number) => ({ lines: Array.from({ length: step - 1 }, (_, index) => `line ${index + 2}`) });

// CHECKPOINTS-4
it('detects every flipped bit in a body, gives the last good step before it and leaves other threads alone', async () => {
  await using store = await written();
  const { sqlite, change } = store;
  const rows = sqlite.prepare(`select first_step as step, body from ckpt_block where thread = 't'`).all() as {
    step: number;
    body: Buffer;
  }[];
  for (let seed = 0; seed < 300; seed++) {
    const random = seededRandom(seed);
    const { step, body } = rows[Math.floor(random() * rows.length)]!;
    const flipped = Buffer.from(body);
    const at = Math.floor(random() * flipped.length);
    flipped[at] = flipped[at]! ^ (1 << Math.floor(random() * 8));
    change(`update ckpt_block set body = ? where thread = 't' and first_step = ?`, flipped, step);

    const { thread, other, events } = store.fresh();
    const found = { seed, checkpoint: plain(await thread.load()), events };
    const damage = { step, reason: 'hash' };
    const checkpoint = step === 1 ? null : { step: step - 1, state: stateAt(step - 1), meta: null };
    expect(found).toEqual({ seed, checkpoint, events: [{ threadId: 't', ...damage, lastGoodStep: step - 1 }] });
    expect(await thread.verify()).toEqual({ threadId: 't', head: steps, damaged: [damage], lastGoodStep: step - 1 });
    expect((await thread.steps()).map((info) => info.step)).not.toContain(step);
    expect(plain(await other.load())).toEqual({ step: 1, state: { fine: true }, meta: null });
    change(`update ckpt_block set body = ? where thread = 't' and first_step = ?`, body, step);
  }
  expect((await store.fresh().thread.verify()).damaged).toEqual([]);
});

it.each<[string, string, string, number]>([
  ['a hash', `update ckpt_block set hash = zeroblob(32) where thread = 't' and first_step = 3`, 'hash', 3],
  ['a link', `update ckpt_block set prev_hash = zeroblob(32) where thread = 't' and first_step = 3`, 'chain', 3],
  ['a kind', `update ckpt_block set kind = 2 where thread = 't' and first_step = 3`, 'hash', 3],
  ['a kind that no byte holds', `update ckpt_block set kind = 300 where thread = 't' and first_step = 3`, 'hash', 3],
  ['a codec', `update ckpt_block set codec = 7 where thread = 't' and first_step = 3`, 'hash', 3],
  ['a number of steps', `update ckpt_block set steps = 2 where thread = 't' and first_step = 3`, 'hash', 3],
  ['a smaller size', `update ckpt_block set raw_bytes = 5 where thread = 't' and first_step = 3`, 'body', 3],
  ['a larger size', `update ckpt_block set raw_bytes = 1000000 where thread = 't' and first_step = 3`, 'body', 3],
  ['a lost row', `delete from ckpt_block where thread = 't' and first_step = 3`, 'missing', 3],
  ['a lost tail', `delete from ckpt_block where thread = 't' and first_step > 4`, 'missing', 5],
  [
    'a row of another thread',
    `update ckpt_block set thread = 'other' where thread = 't' and first_step = 3`,
    'missing',
    3,
  ],
  ['the hash of the head', `update ckpt_thread set head_hash = zeroblob(32) where id = 't'`, 'head', steps],
  ['the number of the head', `update ckpt_thread set head = 8 where id = 't'`, 'missing', 7],
])('detects a change of %s', async (_, sql, reason, step) => {
  await using store = await written();
  expect(store.change(sql).changes).toBeGreaterThan(0);
  const { thread, events } = store.fresh();
  expect(plain(await thread.load())).toEqual({ step: step - 1, state: stateAt(step - 1), meta: null });
  expect(events).toEqual([{ threadId: 't', step, reason, lastGoodStep: step - 1 }]);
  const { damaged, lastGoodStep } = await thread.verify();
  expect(damaged[0]).toEqual({ step, reason });
  expect(lastGoodStep).toBe(step - 1);
});

it('sees rows beyond a head that was set back', async () => {
  await using store = await written();
  store.change(`update ckpt_thread set head = 4 where id = 't'`);
  const { damaged } = await store.fresh().thread.verify();
  expect(damaged.map(({ reason }) => reason)).toEqual(['head', 'head', 'head']);
});

it('never expands a body to more than its size in the database', async () => {
  await using store = await written();
  const { deflateSync } = await import('node:zlib');
  const { hashBlock } = await import('../src/codec/block-hash.js');
  const row = store.sqlite.prepare(`select * from ckpt_block where thread = 't' and first_step = ?`).get(steps) as {
    prev_hash: Buffer;
  };
  const bomb = {
    ...row,
    thread: 't',
    first_step: steps,
    steps: 1,
    kind: 0,
    codec: 1,
    body: deflateSync(Buffer.alloc(50_000_000)),
  };
  const hash = hashBlock(bomb);
  const update = 'update ckpt_block set body = ?, hash = ?, raw_bytes = 100 where first_step = ? and thread = ?';
  store.change(update, bomb.body, hash, steps, 't');
  store.change(`update ckpt_thread set head_hash = ? where id = 't'`, hash);
  const { thread, events } = store.fresh();
  expect((await thread.load())?.step).toBe(steps - 1);
  expect(events).toMatchObject([{ step: steps, reason: 'body' }]);
});

it('finds a step whose operations do not fit, though its hash does', async () => {
  await using store = await written();
  const { serializeStep, compress } = await import('../src/codec/step-body.js');
  const { hashBlock } = await import('../src/codec/block-hash.js');
  const row = store.sqlite.prepare(`select prev_hash from ckpt_block where thread = 't' and first_step = ?`).get(steps);
  const { prev_hash } = row as { prev_hash: Buffer };
  const operations = [
    ['+', ['lines'], ['half']],
    ['-', ['missing']],
  ] as never;
  const raw = serializeStep({ step: steps, atMs: 0, meta: null, operations });
  const body = await compress(raw);
  const hash = hashBlock({ prev_hash, thread: 't', first_step: steps, steps: 1, kind: 0, codec: 1, body });
  const update = 'update ckpt_block set body = ?, hash = ?, raw_bytes = ? where first_step = ? and thread = ?';
  store.change(update, body, hash, raw.length, steps, 't');
  store.change(`update ckpt_thread set head_hash = ? where id = 't'`, hash);
  const { thread, events } = store.fresh();
  expect(plain(await thread.load())).toEqual({ step: steps - 1, state: stateAt(steps - 1), meta: null });
  expect(events).toMatchObject([{ step: steps, reason: 'operations' }]);
});

// CHECKPOINTS-4
it('goes on after a damage with the whole state, and is readable again from there', async () => {
  await using store = await written();
  store.change(`update ckpt_block set body = zeroblob(9) where thread = 't' and first_step = 4`);
  const { thread } = store.fresh();
  expect((await thread.load())?.step).toBe(3);
  expect((await thread.append({ ops: [['+', ['lines'], ['again']]] })).step).toBe(steps + 1);
  expect((await thread.append({ ops: [['+', ['lines'], ['more']]] })).step).toBe(steps + 2);

  const { thread: next, events } = store.fresh();
  const lines = ['line 2', 'line 3', 'again', 'more'];
  expect(plain(await next.load())).toEqual({ step: steps + 2, state: { lines }, meta: null });
  expect(events).toEqual([]);
  expect((await next.load(5))?.step).toBe(3);
  expect(events).toEqual([{ threadId: 't', step: 4, reason: 'hash', lastGoodStep: 3 }]);
  expect(await next.verify()).toMatchObject({ damaged: [{ step: 4 }], lastGoodStep: steps + 2 });

  // The step with the whole state is lost as well: what is before the first damage is still there.
  store.change(`update ckpt_block set body = zeroblob(9) where thread = 't' and first_step = ?`, steps + 1);
  const { thread: last, events: met } = store.fresh();
  expect((await last.load())?.step).toBe(3);
  expect(met).toMatchObject([{ step: steps + 1, lastGoodStep: 3 }]);
  expect((await last.verify()).damaged.map(({ step }) => step)).toEqual([4, steps + 1]);
});

it('starts anew where nothing can be read any more, and says so', async () => {
  await using store = await written();
  store.change(`update ckpt_block set body = zeroblob(9) where thread = 't' and first_step = 1`);
  const { thread, events } = store.fresh();
  expect(await thread.load()).toBeNull();
  expect(events).toMatchObject([{ step: 1, lastGoodStep: 0 }]);
  await thread.append({ state: { lines: ['new'] } });
  expect(plain(await store.fresh().thread.load())).toEqual({ step: 7, state: { lines: ['new'] }, meta: null });
});

it('detects a wrong hash of a whole state', async () => {
  await using store = await written();
  store.change(`update ckpt_block set body = zeroblob(9) where thread = 't' and first_step = 4`);
  await store.fresh().thread.append({ ops: [] });
  store.change(`update ckpt_block set state_hash = zeroblob(32) where kind = 2`);
  const { thread, events } = store.fresh();
  expect((await thread.load())?.step).toBe(3);
  expect(events).toMatchObject([{ step: steps + 1, reason: 'operations' }]);
});

it('refuses a thread that a newer version wrote', async () => {
  await using store = await written();
  store.change(`update ckpt_thread set format = 2 where id = 't'`);
  const { thread } = store.fresh();
  const refusal = { code: 'unknown-format', retryable: false, threadId: 't' };
  await expect(thread.load()).rejects.toMatchObject(refusal);
  await expect(thread.append({ ops: [] })).rejects.toMatchObject(refusal);
  await expect(thread.verify()).rejects.toMatchObject(refusal);
});
