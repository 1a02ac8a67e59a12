import assert from 'node:assert/strict';
import type { CheckpointErrorCode } from '../errors.js';
import type { Checkpoints, Operation, Thread } from '../types.js';

/** A store to test, with nothing in it. */
export interface StoreUnderTest extends AsyncDisposable {
  /** The store. */
  readonly checkpoints: Checkpoints;
  /** One more store on the same database, as another process would open it. */
  again(): Checkpoints;
}

/** One promise of a store of checkpoints. */
export interface StoreCase {
  /** What must hold, as a sentence. */
  readonly name: string;
  /** Resolves if it holds; `create` makes a new store. */
  run(create: () => Promise<StoreUnderTest>): Promise<void>;
}

const say = (text: string): readonly Operation[] => [['+', ['messages'], [{ role: 'user', text }]]];
const start: readonly Operation[] = [['=', ['messages'], []]];

async function refused(promise: Promise<unknown>, code: CheckpointErrorCode, retryable = false): Promise<void> {
  await assert.rejects(promise, (error: { code?: unknown; retryable?: unknown }) => {
    assert.deepEqual([error.code, error.retryable], [code, retryable]);
    return true;
  });
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

async function loaded(thread: Thread, step?: number): Promise<unknown> {
  return plain(await thread.load(step));
}

/** The cases that every writer and every database must pass. */
export const storeCases: readonly StoreCase[] = [
  {
    name: 'a thread that was never written has no checkpoint',
    async run(create) {
      await using store = await create();
      const thread = store.checkpoints.thread('t');
      assert.equal(await thread.load(), null);
      assert.equal(await thread.load(1), null);
      assert.deepEqual(await thread.steps(), []);
      assert.deepEqual(await thread.verify(), { threadId: 't', head: 0, damaged: [], lastGoodStep: 0 });
      await thread.delete();
    },
  },
  {
    name: 'each step is read back as it was, by the same handle and by another process',
    async run(create) {
      await using store = await create();
      const thread = store.checkpoints.thread('t');
      const first = await thread.append({ ops: start }, { meta: { why: 'begin' } });
      const second = await thread.append({ ops: say('hello') });
      const third = await thread.append({ state: { messages: [], done: true } }, { meta: [1] });
      assert.deepEqual([first.step, second.step, third.step], [1, 2, 3]);
      assert.match(third.hash, /^[0-9a-f]{64}$/);
      assert.notEqual(first.hash, second.hash);
      for (const handle of [thread, store.checkpoints.thread('t'), store.again().thread('t')]) {
        assert.deepEqual(await loaded(handle), { step: 3, state: { messages: [], done: true }, meta: [1] });
        const hello = { messages: [{ role: 'user', text: 'hello' }] };
        assert.deepEqual(await loaded(handle, 2), { step: 2, state: hello, meta: null });
        assert.deepEqual(await loaded(handle, 1), { step: 1, state: { messages: [] }, meta: { why: 'begin' } });
        for (const none of [0, 4, -1, 1.5]) assert.equal(await handle.load(none), null);
        assert.deepEqual((await handle.verify()).damaged, []);
      }
    },
  },
  {
    name: 'a new handle goes on where the last one stopped',
    async run(create) {
      await using store = await create();
      await store.checkpoints.thread('t').append({ ops: start });
      const { step } = await store
        .again()
        .thread('t')
        .append({ ops: say('more') });
      assert.equal(step, 2);
      assert.deepEqual(await loaded(store.checkpoints.thread('t')), {
        step: 2,
        state: { messages: [{ role: 'user', text: 'more' }] },
        meta: null,
      });
    },
  },
  {
    name: 'an edit in place of the caller’s own state is found wherever it stands',
    async run(create) {
      await using store = await create();
      const thread = store.checkpoints.thread('t');
      const state = { messages: [{ text: 'one' }, { text: 'two' }], count: { deep: [1, 2, 3] } };
      await thread.append({ state });
      state.messages[0]!.text = 'edited';
      state.messages.push({ text: 'three' });
      state.count.deep[1] = 9;
      await thread.append({ state });
      assert.deepEqual(await loaded(store.again().thread('t')), { step: 2, state, meta: null });
    },
  },
  {
    name: 'a refused guard writes nothing and rejects that append alone',
    async run(create) {
      await using store = await create();
      const one = store.checkpoints.thread('one');
      const two = store.checkpoints.thread('two');
      await one.append({ ops: start });
      const results = await Promise.allSettled([
        two.append({ ops: start }, { guard: async () => true }),
        one.append({ ops: say('stale') }, { guard: async () => false }),
        store.checkpoints.thread('three').append({ ops: start }),
      ]);
      assert.deepEqual(
        results.map((result) => result.status),
        ['fulfilled', 'rejected', 'fulfilled'],
      );
      await refused(one.append({ ops: say('stale') }, { guard: async () => false }), 'lease-lost');
      assert.equal((await store.again().thread('one').load())?.step, 1);
      assert.equal((await one.append({ ops: say('good') })).step, 2);
    },
  },
  {
    name: 'an error of a guard reaches the caller, and nothing is written',
    async run(create) {
      await using store = await create();
      const thread = store.checkpoints.thread('t');
      const failure = new Error('no such table');
      const guard = () => Promise.reject(failure);
      await assert.rejects(thread.append({ ops: start }, { guard }), failure);
      assert.equal(await thread.load(), null);
    },
  },
  {
    name: 'of two handles that build on the same step only one gets through',
    async run(create) {
      await using store = await create();
      const a = store.checkpoints.thread('t');
      const b = store.again().thread('t');
      await a.append({ ops: start });
      await b.load();
      await a.append({ ops: say('a') });
      await refused(b.append({ ops: say('b') }), 'conflict', true);
      assert.equal((await b.load())?.step, 2);
      assert.equal((await b.append({ ops: say('b') })).step, 3);
    },
  },
  {
    name: 'appends of one handle keep the order of the calls',
    async run(create) {
      await using store = await create();
      const thread = store.checkpoints.thread('t');
      const texts = Array.from({ length: 20 }, (_, index) => String(index));
      const appended = await Promise.all([
        thread.append({ ops: start }),
        ...texts.map((text) => thread.append({ ops: say(text) })),
      ]);
      assert.deepEqual(
        appended.map(({ step }) => step),
        Array.from({ length: 21 }, (_, index) => index + 1),
      );
      const state = { messages: texts.map((text) => ({ role: 'user', text })) };
      assert.deepEqual(await loaded(store.again().thread('t')), { step: 21, state, meta: null });
    },
  },
  {
    name: 'an operation that does not fit writes nothing, and the next one does',
    async run(create) {
      await using store = await create();
      const thread = store.checkpoints.thread('t');
      await refused(thread.append({ ops: say('nowhere') }), 'invalid-operation');
      await refused(thread.append({ state: { when: new Date(0) } }), 'invalid-value');
      assert.equal(await thread.load(), null);
      assert.equal((await thread.append({ ops: start })).step, 1);
      await refused(thread.append({ ops: [...say('x'), ['-', ['missing']]] }), 'invalid-operation');
      assert.deepEqual(await loaded(thread), { step: 1, state: { messages: [] }, meta: null });
    },
  },
  {
    name: 'steps are listed in a range and by label',
    async run(create) {
      await using store = await create();
      const thread = store.checkpoints.thread('t');
      await thread.append({ ops: start }, { label: 'plan' });
      await thread.append({ ops: say('x') }, { meta: { tokens: 7 } });
      await thread.append({ ops: say('y') }, { label: 'plan' });
      const numbers = (steps: readonly { step: number }[]) => steps.map(({ step }) => step);
      assert.deepEqual(numbers(await thread.steps()), [1, 2, 3]);
      assert.deepEqual(numbers(await thread.steps({ from: 2 })), [2, 3]);
      assert.deepEqual(numbers(await thread.steps({ from: 2, to: 2 })), [2]);
      assert.deepEqual(numbers(await thread.steps({ label: 'plan' })), [1, 3]);
      assert.deepEqual(await thread.steps({ label: 'other' }), []);
      const [info] = await thread.steps({ from: 2, to: 2 });
      assert.deepEqual({ meta: info?.meta, labels: info?.labels }, { meta: { tokens: 7 }, labels: [] });
      assert.ok(info && info.rawBytes > 20 && info.atMs > 0 && info.hash.length === 64);
      await refused(thread.append({ ops: [] }, { label: '' }), 'invalid-value');
    },
  },
  {
    name: 'a deleted thread is gone and can begin again',
    async run(create) {
      await using store = await create();
      const thread = store.checkpoints.thread('t');
      const other = store.checkpoints.thread('other');
      await thread.append({ ops: start }, { label: 'x' });
      await other.append({ ops: start });
      await thread.delete();
      await thread.delete();
      assert.equal(await thread.load(), null);
      assert.equal((await thread.append({ ops: start }, { label: 'x' })).step, 1);
      assert.equal((await other.load())?.step, 1);
    },
  },
  {
    name: 'an aborted append that still waits writes nothing',
    async run(create) {
      await using store = await create();
      const thread = store.checkpoints.thread('t');
      const controller = new AbortController();
      const first = thread.append({ ops: start });
      const second = thread.append({ ops: say('x') }, { signal: controller.signal });
      controller.abort(new Error('enough'));
      await assert.rejects(second, /enough/);
      assert.equal((await first).step, 1);
      assert.equal((await thread.append({ ops: say('y') })).step, 2);
    },
  },
  {
    name: 'ids that are no ids are refused',
    async run(create) {
      await using store = await create();
      for (const id of ['', 'a@1', 'a b', '../x', 'ü', `a${'x'.repeat(128)}`, "a' or 1=1", '\0']) {
        assert.throws(
          () => store.checkpoints.thread(id),
          (error: { code?: unknown }) => error.code === 'invalid-id',
          id,
        );
      }
      assert.equal((await store.checkpoints.thread('01JZ.a:b_c-d').append({ ops: start })).step, 1);
    },
  },
];
