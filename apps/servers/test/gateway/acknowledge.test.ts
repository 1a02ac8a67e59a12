import type { RemotePool } from '@tale/model-pool/remote';
import { expect, it, vi } from 'vitest';
import { createAcknowledge } from '../../src/gateway/acknowledge.js';

/** A pool whose calls end when they are told to: what is tested is how many there are, and what they ask. */
function heldPool() {
  const requests: Parameters<RemotePool['generate']>[0][] = [];
  const ends: ((error?: Error) => void)[] = [];
  const generate = vi.fn(
    (request: Parameters<RemotePool['generate']>[0]) =>
      new Promise<never>((resolve, reject) => {
        requests.push(request);
        ends.push((error) => (error ? reject(error) : resolve(undefined as never)));
      }),
  );
  return { pool: { generate } as unknown as RemotePool, requests, ends };
}

it('lets the small model speak for the task, briefly', () => {
  const { pool, requests } = heldPool();
  createAcknowledge(pool, () => undefined)('T', `${'x'.repeat(299)}\u{1F600} and more`);
  expect(requests[0]).toMatchObject({ role: 'ux', labels: { purpose: 'acknowledge', taskId: 'T', stepId: 'T' } });
  expect(requests[0]?.maxOutputTokens).toBeLessThan(50);
  const asked = requests[0]?.messages?.at(-1)?.content ?? '';
  expect(asked.length).toBeLessThan(400);
  expect(asked.endsWith('\ufffd')).toBe(true); // a character that the cut tore apart
});

it('leaves out what would come too late, and goes on after one has ended', async () => {
  const { pool, requests, ends } = heldPool();
  const failures: unknown[] = [];
  const acknowledge = createAcknowledge(pool, (error) => failures.push(error));
  for (let count = 0; count < 10; count++) acknowledge(`T${count}`, 'x');
  expect(requests).toHaveLength(4);
  ends[0]?.(new Error('no model'));
  await vi.waitFor(() => expect(failures).toHaveLength(1));
  acknowledge('later', 'x');
  expect(requests).toHaveLength(5);
});
