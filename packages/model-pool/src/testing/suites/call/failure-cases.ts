import assert from 'node:assert/strict';
import { ModelPoolError } from '../../../errors.js';
import type { CallRequest } from '../../../types.js';
import { type CallCase, collectEvents, endsOf, seenByServer, slotsHeld, textOf, textRequests } from './call-case.js';

/** Aborts and failures. */
export const failureCases: readonly CallCase[] = [
  {
    name: 'an abort in the middle closes the socket, frees the slot and counts what came',
    needs: null,
    async run({ pool, fake }) {
      const controller = new AbortController();
      let count = 0;
      const { events, error } = await collectEvents(
        pool.call({ role: 'ux', prompt: 'long [tokens=500] [rate=100]', signal: controller.signal }),
        (event) => {
          if (event.type === 'text-delta' && ++count === 3) controller.abort();
        },
      );
      assert.equal(error?.code, 'aborted');
      assert.equal(error?.retryable, false);
      await seenByServer('the slot is free', () => slotsHeld(fake) === 0);
      await seenByServer('the client left', () => textRequests(fake).at(-1)?.end === 'aborted');
      for (const end of endsOf(events)) {
        assert.equal(end.status, 'aborted');
        assert.equal(end.usage.source, 'partial');
        assert.ok(end.usage.outputTokens >= 3);
        assert.equal(end.error?.partialText, textOf(events));
      }
    },
  },
  {
    name: 'leaving the loop early ends the call',
    needs: null,
    async run({ pool, fake }) {
      for await (const event of pool.call({ role: 'planning', prompt: 'long [tokens=500] [rate=100]' })) {
        if (event.type === 'text-delta') break;
      }
      await seenByServer('the slot is free', () => slotsHeld(fake) === 0);
      await seenByServer('the client left', () => textRequests(fake).at(-1)?.end === 'aborted');
    },
  },
  {
    name: 'a signal that is aborted before the call sends nothing',
    needs: null,
    async run({ pool, fake }) {
      const before = textRequests(fake).length;
      const request = { role: 'ux', prompt: 'never', signal: AbortSignal.abort() } as const;
      const { events, error } = await collectEvents(pool.call(request));
      assert.equal(error?.code, 'aborted');
      assert.deepEqual(events, []);
      assert.equal(textRequests(fake).length, before);
    },
  },
  {
    name: 'a stream that breaks in the middle fails with its partial text and is not repeated',
    needs: null,
    async run({ pool, fake }) {
      await fake.set({ kind: 'no-done', after: 3, times: 1 });
      const before = textRequests(fake).length;
      const { events, error } = await collectEvents(pool.call({ role: 'ux', prompt: 'break' }));
      await fake.set();
      assert.equal(error?.code, 'stream-broken');
      assert.equal(error?.retryable, true);
      assert.equal(error?.partialText, textOf(events));
      assert.equal(error?.attempt, 1);
      assert.equal(endsOf(events).length, 1);
      assert.equal(endsOf(events)[0]?.usage.source, 'partial');
      assert.equal(textRequests(fake).length, before + 1);
    },
  },
  {
    name: 'a busy server is asked again and the attempts are one request',
    needs: null,
    async run({ pool, fake }) {
      await fake.set({ kind: 'status-503', times: 1 });
      const { events, error } = await collectEvents(pool.call({ role: 'ux', prompt: 'busy', requestId: 'REQUEST1' }));
      await fake.set();
      assert.equal(error, null);
      assert.deepEqual(
        endsOf(events).map(({ status, attempt, requestId }) => ({ status, attempt, requestId })),
        [
          { status: 'error', attempt: 1, requestId: 'REQUEST1' },
          { status: 'ok', attempt: 2, requestId: 'REQUEST1' },
        ],
      );
      assert.equal(new Set(endsOf(events).map(({ callId }) => callId)).size, 2);
    },
  },
  {
    name: 'a deadline ends the call with the code of what it waited for',
    needs: null,
    async run({ pool, fake }) {
      await pool.generate({ role: 'ux', prompt: 'ready' }); // no load is in the way of the first piece
      const { error } = await collectEvents(
        pool.call({ role: 'ux', prompt: 'slow [tokens=500] [rate=20]', deadlineMs: 1_500 }),
      );
      assert.equal(error?.code, 'stalled');
      assert.equal(error?.details.phase, 'decode');
      await seenByServer('the slot is free', () => slotsHeld(fake) === 0);
    },
  },
  {
    name: 'a bad request is refused before anything is sent',
    needs: null,
    async run({ pool, fake }) {
      const before = textRequests(fake).length;
      for (const request of [
        { role: 'ux' },
        { role: 'ux', prompt: 'x', maxOutputTokens: -1 },
        { role: 'ux', prompt: 'x', temperature: 9 },
        { role: 'nobody', prompt: 'x' },
      ]) {
        await assert.rejects(
          async () => pool.generate(request as CallRequest),
          (error) => ModelPoolError.isInstance(error) && error.code === 'rejected' && !error.retryable,
        );
      }
      assert.equal(textRequests(fake).length, before);
    },
  },
  {
    name: 'a call after a failed one is answered',
    needs: null,
    async run({ pool, fake }) {
      await fake.set({ kind: 'no-done', after: 1, times: 1 });
      const failed = await collectEvents(pool.call({ role: 'ux', prompt: 'break' }));
      await fake.set();
      assert.equal(failed.error?.code, 'stream-broken');
      const { text } = await pool.generate({ role: 'ux', prompt: '[say all is well]' });
      assert.equal(text, 'all is well');
    },
  },
];
