import { describe, expect, it } from 'vitest';
import { CommandError } from '../../src/command-error.js';
import type { ServerClient, WireEvent } from '../../src/gateway/server-client.js';
import { followTask, reconnectDelay } from '../../src/submit/follow.js';

const lost = () => new CommandError('connection-lost', 'lost', { retryable: true });
const event = (seq: number, type = 'task-progress') => ({ seq, type }) as WireEvent;

/** A gateway whose n-th stream gives the n-th list and then fails or ends. */
function scripted(streams: readonly (readonly (WireEvent | Error)[] | null)[]) {
  const paths: string[] = [];
  const delays: number[] = [];
  const seen: string[] = [];
  let nowMs = 0;
  let at = 0;
  const gateway = {
    async *events(path: string) {
      paths.push(path);
      for (const item of streams[at++] ?? []) {
        if (item instanceof Error) throw item;
        yield item;
      }
    },
  } as unknown as ServerClient;
  const controller = new AbortController();
  const run = (giveUpMs = 60_000) =>
    followTask('T', {
      link: {
        connect: async () => {
          if (streams[at] !== null) return gateway;
          at += 1;
          return null;
        },
        forget: () => {},
      },
      onEvent: (given) => void seen.push(given.type),
      onRetry: (delayMs) => void delays.push(delayMs),
      signal: controller.signal,
      giveUpMs,
      now: () => nowMs,
      sleep: async (ms) => {
        nowMs += ms;
      },
    });
  return { run, paths, delays, seen, controller };
}

describe('followTask', () => {
  it('ends with the task', async () => {
    const { run, paths, seen } = scripted([[event(1), event(2, 'task-end')]]);
    await run();
    expect(seen).toEqual(['task-progress', 'task-end']);
    expect(paths).toEqual(['/v1/events?after=0&task=T']);
  });

  it('goes on after the last event seen, with growing waits', async () => {
    const { run, paths, delays } = scripted([[event(4), lost()], [lost()], null, [], [event(9, 'task-end')]]);
    await run();
    expect(paths).toEqual([0, 4, 4, 4].map((after) => `/v1/events?after=${after}&task=T`));
    expect(delays).toEqual([250, 500, 1_000, 2_000]);
  });

  it('gives up when the gateway stays away, and says how to go on', async () => {
    const { run } = scripted([[event(1)], ...Array.from({ length: 50 }, () => null)]);
    await expect(run(20_000)).rejects.toMatchObject({
      exitCode: 5,
      envelope: { code: 'connection-lost', retryable: true, details: { taskId: 'T' } },
    });
  });

  it('does not try again what cannot succeed', async () => {
    const refused = new CommandError('unauthorized', 'no');
    await expect(scripted([[refused]]).run()).rejects.toBe(refused);
  });

  it('ends with the reason of an abort', async () => {
    const { run, controller } = scripted([[event(1), lost()]]);
    const reason = new CommandError('interrupted', 'Interrupted.');
    controller.abort(reason);
    await expect(run()).rejects.toBe(reason);
  });
});

describe('reconnectDelay', () => {
  it('doubles from a quarter of a second to ten seconds', () => {
    expect([1, 2, 6, 7, 50].map(reconnectDelay)).toEqual([250, 500, 8_000, 10_000, 10_000]);
  });
});
