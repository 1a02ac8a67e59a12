import type { FakeRequest } from '@tale/model-pool/testing';
import { expect, it } from 'vitest';
import { documentOf } from './harness/document.js';
import { large, textRequests } from './harness/fake-models.js';
import { startTale, type Tale } from './harness/tale.js';

interface Counted {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly source: string;
}

/** What a model server counted and what tale counted, for each task. */
interface Comparison {
  readonly requests: readonly FakeRequest[];
  readonly cancelled: ReadonlySet<string>;
  /** The request of each task. */
  readonly requestOf: ReadonlyMap<string, FakeRequest>;
  /** The row of each task in `tale tokens`. */
  readonly rowOf: ReadonlyMap<string, Counted>;
  readonly totals: Counted;
}

const abortAfter = 7;
const isStalled = ({ end }: FakeRequest) => end === 'fault';

/** Lets calls run of which every fifth is cancelled after 7 tokens. */
async function countCalls(tale: Tale, calls: number): Promise<Comparison> {
  expect((await tale.run(['servers', 'start', '--execution', '2'])).code).toBe(0);
  await tale.fake.set({ kind: 'stall', model: large, after: abortAfter, every: 5 });
  const ids: string[] = [];
  for (let call = 0; call < calls; call++) {
    ids.push(await tale.submit(`number #${call}# ${'word '.repeat(call)}[tokens=${10 + call}]`));
  }
  const requests = () => textRequests(tale.fake, large);
  const taskOf = ({ body }: FakeRequest) => ids[Number(/#(\d+)#/.exec(JSON.stringify(body))?.[1])] as string;
  const cancelled = new Set<string>();
  while (cancelled.size < calls / 5) {
    // Whoever stalls holds a place at the model until it is cancelled.
    const next = () =>
      requests()
        .filter(isStalled)
        .map(taskOf)
        .find((id) => !cancelled.has(id));
    await expect.poll(next, { timeout: 20_000 }).toBeDefined();
    const id = next() as string;
    cancelled.add(id);
    await tale.call('cancel_task', { taskId: id });
    await expect.poll(async () => (await tale.task(id)).state, { timeout: 10_000 }).toBe('cancelled');
  }
  for (const id of ids) {
    await expect.poll(async () => (await tale.task(id)).state, { timeout: 20_000 }).toMatch(/done|cancelled/);
  }
  const report = documentOf(await tale.run(['tokens', '--by', 'task,model', '--json']), 'tale.tokens/1');
  return {
    requests: requests(),
    cancelled,
    requestOf: new Map(requests().map((request) => [taskOf(request), request])),
    rowOf: new Map(report.rows.map((row: Counted & { group: { task: string } }) => [row.group.task, row])),
    totals: report.totals,
  };
}

const sum = (all: Iterable<FakeRequest>, name: 'inputTokens' | 'outputTokens') =>
  [...all].reduce((total, request) => total + request[name], 0);
const countsOf = (counted: Counted | FakeRequest | undefined) => [counted?.inputTokens, counted?.outputTokens];

it('E2E-COUNT-1 counts 50 calls, 10 of them aborted, to the token as a server does that counts along', async () => {
  await using tale = await startTale({ fake: { engine: 'llama.cpp' } });
  const { requests, requestOf, rowOf, totals } = await countCalls(tale, 50);
  expect(requests).toHaveLength(50);
  for (const [id, request] of requestOf) expect(countsOf(rowOf.get(id)), id).toEqual(countsOf(request));
  expect(countsOf(totals)).toEqual([sum(requests, 'inputTokens'), sum(requests, 'outputTokens')]);
});

it('E2E-COUNT-2 counts whole calls to the token, and marks the count of an aborted one as partial where the server reports at its end alone', async () => {
  await using tale = await startTale();
  const { requestOf, rowOf, cancelled, totals } = await countCalls(tale, 10);
  expect(cancelled.size).toBe(2);
  for (const [id, request] of requestOf) {
    const row = rowOf.get(id);
    if (cancelled.has(id)) {
      expect(row?.source, id).toBe('partial');
      expect(row?.outputTokens, id).toBeGreaterThanOrEqual(abortAfter);
      expect(row?.outputTokens, id).toBeLessThan(3 * abortAfter);
    } else {
      expect(row?.source, id).toBe('reported');
      expect(countsOf(row), id).toEqual(countsOf(request));
    }
  }
  expect(totals.source).toBe('partial');
});
