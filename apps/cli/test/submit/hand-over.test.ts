import { describe, expect, it } from 'vitest';
import { CommandError } from '../../src/command-error.js';
import type { GatewayLink } from '../../src/gateway/gateway-link.js';
import type { ServerClient } from '../../src/gateway/server-client.js';
import { handOver } from '../../src/submit/hand-over.js';
import { readResult } from '../../src/submit/read-result.js';

const task = { prompt: 'hello', priority: null, maxTimeMs: null, key: 'key', detach: false };
const passing = () => new CommandError('shutting-down', 'Coming back.', { retryable: true, retryAfterMs: 1 });
const never = new AbortController().signal;

/** A gateway whose n-th answer is the n-th item. */
function linkOf(answers: readonly (unknown | Error | null)[]): GatewayLink & { readonly calls: unknown[] } {
  const calls: unknown[] = [];
  const answer = async (...args: unknown[]) => {
    const item = answers[Math.min(calls.length, answers.length - 1)];
    calls.push(args);
    if (item instanceof Error) throw item;
    return item;
  };
  return {
    calls,
    async connect() {
      if (answers[calls.length] !== null) return { call: answer, get: answer } as unknown as ServerClient;
      calls.push(null);
      return null;
    },
    forget: () => {},
  };
}

describe('handOver', () => {
  it('tries a gateway that is being restarted again, under the same key', async () => {
    const link = linkOf([passing(), passing(), { taskId: 'T' }]);
    expect(await handOver(link, task, never)).toBe('T');
    expect(new Set(link.calls.map((call) => JSON.stringify(call))).size).toBe(1);
    expect(JSON.stringify(link.calls[0])).toContain('"idempotencyKey":"key"');
  });

  it('asks for no acknowledgement that nobody reads', async () => {
    const link = linkOf([{ taskId: 'T' }]);
    await handOver(link, { ...task, detach: true }, never);
    await handOver(link, task, never);
    expect(link.calls.map((call) => JSON.stringify(call).includes('"acknowledge":false'))).toEqual([true, false]);
  });

  it('does not try again what cannot succeed', async () => {
    const link = linkOf([new CommandError('key-conflict', 'Other content.')]);
    await expect(handOver(link, task, never)).rejects.toMatchObject({ exitCode: 2 });
    expect(link.calls).toHaveLength(1);
  });

  it('gives up in the end', async () => {
    await expect(handOver(linkOf([passing()]), task, never)).rejects.toMatchObject({
      envelope: { code: 'shutting-down' },
    });
  });

  it('looks for the gateway again where none answers', async () => {
    expect(await handOver(linkOf([null, { taskId: 'T' }]), task, never)).toBe('T');
  });

  it('leaves at once when interrupted before the call, and waits for the id after it', async () => {
    const reason = new CommandError('interrupted', 'Interrupted.');
    await expect(handOver(linkOf([{ taskId: 'T' }]), task, AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const late = linkOf([new Promise((resolve) => setTimeout(resolve, 100, { taskId: 'T' }))]);
    setTimeout(() => controller.abort(reason), 20);
    expect(await handOver(late, task, controller.signal)).toBe('T');
  });

  it('does not wait for ever after an interrupt', async () => {
    const reason = new CommandError('interrupted', 'Interrupted.');
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 20);
    await expect(handOver(linkOf([new Promise(() => {})]), task, controller.signal)).rejects.toBe(reason);
  }, 10_000);
});

describe('readResult', () => {
  it('asks again while the gateway is away', async () => {
    expect(await readResult(linkOf([passing(), null, { taskId: 'T' }]), 'T', 1)).toEqual({ taskId: 'T' });
  });

  it('gives up in the end, and at once where it cannot succeed', async () => {
    await expect(readResult(linkOf([passing()]), 'T', 1)).rejects.toMatchObject({
      exitCode: 5,
      envelope: { code: 'connection-lost' },
    });
    await expect(readResult(linkOf([new CommandError('task-not-found', 'No.')]), 'T', 1)).rejects.toMatchObject({
      exitCode: 4,
    });
  });
});
