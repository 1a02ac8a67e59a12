import type { CallEvent } from '@tale/model-pool';
import { callLabels } from '@tale/protocol';
import { expect, it } from 'vitest';
import { createCallFeed, type FeedEvent } from '../../src/gateway/call-feed.js';

const labels = callLabels({ purpose: 'answer', taskId: 'T' });
const start = (callId: string, taskId: string | null = 'T') =>
  ({ type: 'call-start', callId, requestId: `r-${callId}`, labels: { ...labels, taskId } }) as CallEvent;
const delta = (callId: string, offset: number, text: string) =>
  ({ type: 'text-delta', callId, requestId: `r-${callId}`, offset, text, labels }) as CallEvent;
const end = (callId: string) => ({ type: 'call-end', callId, requestId: `r-${callId}`, labels }) as CallEvent;

function watch() {
  const seen: FeedEvent[] = [];
  return { seen, take: (event: FeedEvent) => void seen.push(event) };
}
const types = (events: readonly FeedEvent[]) => events.map(({ type }) => type);

it('passes the calls of a task to its watchers and to those of all tasks', () => {
  const feed = createCallFeed(() => 0);
  const [mine, others, all] = [watch(), watch(), watch()];
  feed.follow('T', mine.take);
  feed.follow('U', others.take);
  const leave = feed.follow(null, all.take);
  feed.push(start('a'));
  leave();
  feed.push(delta('a', 0, 'x'));
  expect(types(mine.seen)).toEqual(['call-start', 'text-delta']);
  expect(others.seen).toEqual([]);
  expect(types(all.seen)).toEqual(['call-start']);
});

it('gives a late watcher a snapshot instead of the deltas before', () => {
  const feed = createCallFeed(() => 0);
  feed.push(start('a'));
  feed.push(delta('a', 0, 'Hel'));
  feed.push(delta('a', 3, 'lo'));
  const late = watch();
  feed.follow('T', late.take);
  feed.push(delta('a', 5, '!'));
  expect(types(late.seen)).toEqual(['call-start', 'text-snapshot', 'text-delta']);
  expect(late.seen[1]).toMatchObject({ text: 'Hello', callId: 'a', requestId: 'r-a' });
});

it('still shows a call that ended a moment ago, and forgets it after a minute', () => {
  let nowMs = 0;
  const feed = createCallFeed(() => nowMs);
  for (const event of [start('a'), delta('a', 0, 'On it.'), end('a')]) feed.push(event);
  const soon = watch();
  feed.follow('T', soon.take);
  expect(types(soon.seen)).toEqual(['call-start', 'text-snapshot', 'call-end']);
  nowMs = 61_000;
  feed.push(start('b'));
  const later = watch();
  feed.follow('T', later.take);
  expect(later.seen).toEqual([start('b')]);
});

it('leaves out calls that belong to no task', () => {
  const feed = createCallFeed(() => 0);
  const all = watch();
  feed.follow(null, all.take);
  feed.push(start('a', null));
  expect(all.seen).toEqual([]);
});
