import { manualClock } from '@tale/test-kit';
import { expect, it } from 'vitest';
import { limitTime } from '../src/limit-time.js';

const never = new AbortController().signal;

it('a time that is limited is over when it has passed, and not before', async () => {
  const clock = manualClock();
  using limit = limitTime(1_000, never, clock);
  await clock.advance(999);
  expect(limit.signal.aborted).toBe(false);
  await clock.advance(1);
  expect(limit.signal.reason).toMatchObject({ name: 'TimeoutError' });
});

it('it is over when whoever asked leaves, with their reason, also where they have left before', () => {
  const asked = new AbortController();
  using limit = limitTime(1_000, asked.signal, manualClock());
  asked.abort('enough');
  expect(limit.signal.reason).toBe('enough');
  using late = limitTime(1_000, asked.signal, manualClock());
  expect(late.signal.reason).toBe('enough');
});

it('it never ends once it is let go of', async () => {
  const clock = manualClock();
  const asked = new AbortController();
  const limit = limitTime(1_000, asked.signal, clock);
  limit[Symbol.dispose]();
  asked.abort('enough');
  await clock.advance(2_000);
  expect(limit.signal.aborted).toBe(false);
});
