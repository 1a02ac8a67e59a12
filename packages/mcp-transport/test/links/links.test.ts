import { setImmediate as turn } from 'node:timers/promises';
import { manualClock } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { McpTransportError } from '../../src/index.js';
import { auth } from '../../src/links/auth.js';
import { breaker, isServerFailure } from '../../src/links/circuit-breaker.js';
import { limits } from '../../src/links/limits.js';
import type { CallClass, Operation, Send } from '../../src/links/link.js';
import { retry } from '../../src/links/retry.js';
import { attemptTimeout, totalTimeout } from '../../src/links/timeout.js';
import { settle } from '../support/calls.js';

const lost = () => new McpTransportError('stream-lost', 'lost', { retryable: true, mayHaveRun: true });
const refused = () => new McpTransportError('connect', 'refused', { retryable: true });

function operation(facts: Partial<Operation> & { callClass?: CallClass } = {}): Operation {
  const { callClass = 'unsafe', ...others } = facts;
  return {
    ...{ server: 'it', method: 'tools/call', params: {}, idempotencyKey: null, attempt: 1, token: undefined },
    verdict: async () => ({ callClass, honoursKeys: true }),
    signal: new AbortController().signal,
    ...{ timeoutMs: 60_000, totalMs: 600_000, deadlineAtMs: Number.POSITIVE_INFINITY, onProgress: undefined },
    ...others,
  };
}

/** A `next` that fails with these errors in turn and then succeeds. */
function failing(...errors: unknown[]): Send & { seen: Operation[] } {
  const seen: Operation[] = [];
  const send = async (given: Operation) => {
    seen.push(given);
    const error = errors.shift();
    if (error) throw error;
    return { ok: true };
  };
  return Object.assign(send, { seen });
}

/** A `next` that ends only with its signal. */
const hanging: Send = ({ signal }) =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

describe('retry', () => {
  const noJitter = () => 0;

  it('sends what was not sent again, with its attempt counted, at most four times', async () => {
    const clock = manualClock();
    const next = failing(refused(), refused(), refused(), refused(), refused());
    const result = settle(retry(clock, noJitter)(next)(operation()));
    for (let index = 0; index < 20; index += 1) await clock.advance(1);
    expect(await result).toMatchObject({ code: 'connect' });
    expect(next.seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4]);
  });

  it.each([
    ['safe', 2],
    ['idempotent', 2],
    ['keyed', 2],
    ['unsafe', 1],
  ] as const)('RETRY-2: a lost answer of a %s call makes %i attempts', async (callClass, attempts) => {
    const clock = manualClock();
    const next = failing(lost());
    const result = settle(retry(clock, noJitter)(next)(operation({ callClass })));
    for (let index = 0; index < 10; index += 1) await clock.advance(1);
    expect(await result).toMatchObject(attempts === 2 ? { ok: true } : { code: 'stream-lost', mayHaveRun: true });
    expect(next.seen).toHaveLength(attempts);
  });

  it('an abort ends the wait between attempts', async () => {
    const controller = new AbortController();
    const next = failing(refused());
    const result = settle(retry(manualClock(), () => 1)(next)(operation({ signal: controller.signal })));
    await turn();
    controller.abort(new Error('enough'));
    expect(await result).toMatchObject({ code: 'aborted' });
    expect(next.seen).toHaveLength(1);
  });

  it('does not wait beyond the deadline', async () => {
    const clock = manualClock();
    const next = failing(new McpTransportError('overloaded', 'busy', { status: 503, retryAfterMs: 5_000 }));
    const result = await settle(retry(clock, noJitter)(next)(operation({ deadlineAtMs: clock.now() + 4_000 })));
    expect(result).toMatchObject({ code: 'overloaded', status: 503 });
  });

  it('repetitions of calls that may have run are within the budget', async () => {
    const clock = manualClock();
    const link = retry(clock, noJitter);
    const results = [];
    for (let index = 0; index < 5; index += 1) {
      const next = failing(lost());
      const result = settle(link(next)(operation({ callClass: 'safe' })));
      for (let step = 0; step < 5; step += 1) await clock.advance(1);
      results.push(await result);
    }
    expect(results.filter((result) => McpTransportError.isInstance(result))).toHaveLength(2);
  });
});

describe('timeouts', () => {
  it('an attempt ends after its time without progress', async () => {
    const clock = manualClock();
    let report = (_step: number) => {};
    const next: Send = (given) => {
      report = (step) => given.onProgress?.({ progress: step });
      return hanging(given);
    };
    const reports: number[] = [];
    const onProgress: Operation['onProgress'] = ({ progress }) => reports.push(progress);
    const result = settle(attemptTimeout(clock)(next)(operation({ timeoutMs: 1_000, onProgress })));
    await clock.advance(900);
    report(1);
    await clock.advance(900);
    report(2);
    await clock.advance(999);
    expect(reports).toEqual([1, 2]);
    await clock.advance(1);
    expect(await result).toMatchObject({ code: 'timeout', retryable: true, mayHaveRun: true });
  });

  it('the whole call ends after its time, and says its deadline to the links below', async () => {
    const clock = manualClock();
    let deadlineAtMs = 0;
    const next: Send = (given) => {
      deadlineAtMs = given.deadlineAtMs;
      return hanging(given);
    };
    const result = settle(totalTimeout(clock)(next)(operation({ totalMs: 2_000 })));
    await turn();
    expect(deadlineAtMs).toBe(clock.now() + 2_000);
    await clock.advance(2_000);
    expect(await result).toMatchObject({ code: 'timeout' });
  });
});

describe('limits', () => {
  it('lets so many through, queues so many in order, and refuses the rest at once', async () => {
    const waiting: (() => void)[] = [];
    const next: Send = ({ params }) => new Promise((resolve) => waiting.push(() => resolve(params)));
    const send = limits({ inFlight: 2, queued: 2 })(next);
    const order: unknown[] = [];
    const calls = [1, 2, 3, 4].map((index) =>
      send(operation({ params: { index } })).then(({ index: done }) => order.push(done)),
    );
    await turn();
    expect(await settle(send(operation()))).toMatchObject({ code: 'overloaded', retryable: true, status: null });
    while (order.length < 4) {
      waiting.shift()?.();
      await turn();
    }
    await Promise.all(calls);
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('a call that is aborted in the queue leaves it', async () => {
    let release = () => {};
    const next: Send = () =>
      new Promise((resolve) => {
        release = () => resolve({});
      });
    const send = limits({ inFlight: 1, queued: 1 })(next);
    const first = send(operation());
    const controller = new AbortController();
    const second = settle(send(operation({ signal: controller.signal })));
    controller.abort();
    expect(await second).toMatchObject({ code: 'aborted' });
    const third = send(operation());
    release();
    await first;
    await turn();
    release();
    await third;
    expect(await settle(send(operation({ signal: AbortSignal.abort() })))).toMatchObject({ code: 'aborted' });
  });
});

describe('auth', () => {
  const unauthorized = () => new McpTransportError('unauthorized', 'no', { status: 401 });

  it('reads the token once, and again after a 401', async () => {
    let reads = 0;
    const next = failing(undefined, undefined, unauthorized());
    const send = auth(() => `token-${++reads}`)(next);
    for (let index = 0; index < 3; index += 1) await send(operation());
    expect(next.seen.map(({ token }) => token)).toEqual(['token-1', 'token-1', 'token-1', 'token-2']);
  });

  it('a 401 for the same token is final', async () => {
    const next = failing(unauthorized());
    expect(await settle(auth(async () => 'same')(next)(operation()))).toMatchObject({ code: 'unauthorized' });
    expect(next.seen).toHaveLength(1);
    const fixed = failing(unauthorized());
    expect(await settle(auth('same')(fixed)(operation()))).toMatchObject({ code: 'unauthorized' });
    expect(fixed.seen).toHaveLength(1);
  });

  it('a provider that fails is asked again by the next call', async () => {
    let reads = 0;
    const provider = () => {
      reads += 1;
      if (reads === 1) throw new Error('no file');
      return 'token';
    };
    const next = failing();
    const send = auth(provider)(next);
    expect(await settle(send(operation()))).toMatchObject({ message: 'no file' });
    await send(operation());
    expect(next.seen.map(({ token }) => token)).toEqual(['token']);
  });
});

describe('BREAKER-1: breaker', () => {
  it.each([
    [new McpTransportError('connect', ''), true],
    [new McpTransportError('timeout', ''), true],
    [new McpTransportError('stream-lost', ''), true],
    [new McpTransportError('overloaded', '', { status: 503 }), true],
    [new McpTransportError('protocol', '', { status: 500 }), true],
    [new McpTransportError('overloaded', '', { status: 429 }), false],
    [new McpTransportError('overloaded', ''), false],
    [new McpTransportError('protocol', '', { status: 400 }), false],
    [new McpTransportError('tool-error', '', { status: 200 }), false],
    [new McpTransportError('aborted', ''), false],
    [new Error('another'), false],
  ])('%j counts: %s', (error, counts) => {
    expect(isServerFailure(error)).toBe(counts);
  });

  const system = { now: Date.now };

  it('opens after five failures in a row, then fails at once without a call', async () => {
    let probes = 0;
    const next = failing(lost(), lost(), refused(), lost(), refused());
    const send = breaker(system, async () => {
      probes += 1;
    })(next);
    for (let index = 0; index < 5; index += 1) await settle(send(operation()));
    const error = (await settle(send(operation()))) as McpTransportError;
    expect(error).toMatchObject({ code: 'breaker-open', retryable: true, mayHaveRun: false, server: 'it' });
    expect(error.retryAfterMs).toBeGreaterThan(5_000);
    expect(next.seen).toHaveLength(5);
    expect(probes).toBe(0);
  });

  it('says how long it stays open, twice as long after each failed probe up to six times, by the clock', async () => {
    const clock = manualClock();
    let isDead = true;
    const next = failing(lost(), lost());
    const send = breaker(clock, () => (isDead ? Promise.reject(refused()) : Promise.resolve()), {
      failures: 1,
      cooldownMs: 1_000,
    })(next);
    await settle(send(operation()));
    for (const retryAfterMs of [1_000, 2_000, 4_000, 6_000, 6_000]) {
      expect(await settle(send(operation()))).toMatchObject({ code: 'breaker-open', retryAfterMs });
      await clock.advance(retryAfterMs - 1);
      expect(await settle(send(operation()))).toMatchObject({ code: 'breaker-open', retryAfterMs: 1 });
      await clock.advance(1);
      await settle(send(operation())); // the probe
    }
    expect(next.seen).toHaveLength(1);
    isDead = false;
    await clock.advance(6_000);
    expect(await settle(send(operation()))).toMatchObject({ code: 'stream-lost' });
    expect(await settle(send(operation())), 'closed meanwhile: the first wait again').toMatchObject({
      code: 'breaker-open',
      retryAfterMs: 1_000,
    });
  });

  it('a call that waited for the probe is no probe itself when others failed meanwhile', async () => {
    const clock = manualClock();
    const next = failing(lost(), lost());
    const send = breaker(clock, async () => {}, { failures: 1, cooldownMs: 1_000 })(next);
    await settle(send(operation()));
    await clock.advance(1_000);
    const results = await Promise.all([settle(send(operation())), settle(send(operation()))]);
    expect(results[0]).toMatchObject({ code: 'stream-lost' });
    expect(await settle(send(operation()))).toMatchObject({ code: 'breaker-open' });
  });

  it('after the cooldown one probe decides for all who wait, and closes it', async () => {
    let probes = 0;
    const next = failing(...Array.from({ length: 5 }, lost));
    const clock = manualClock();
    const send = breaker(
      clock,
      async () => {
        probes += 1;
        await turn();
      },
      { cooldownMs: 20 },
    )(next);
    for (let index = 0; index < 5; index += 1) await settle(send(operation()));
    await clock.advance(20);
    const results = await Promise.all(Array.from({ length: 8 }, () => settle(send(operation()))));
    expect(results).toEqual(Array(8).fill({ ok: true }));
    expect(probes).toBe(1);
  });

  it('a failed probe keeps it open, without a user call', async () => {
    const clock = manualClock();
    const next = failing(...Array.from({ length: 5 }, lost));
    const send = breaker(clock, () => Promise.reject(refused()), { cooldownMs: 1 })(next);
    for (let index = 0; index < 5; index += 1) await settle(send(operation()));
    await clock.advance(20);
    expect(await settle(send(operation()))).toMatchObject({ code: 'breaker-open' });
    expect(next.seen).toHaveLength(5);
  });

  it('a probe that is refused for another reason says that the server is there', async () => {
    const clock = manualClock();
    const next = failing(...Array.from({ length: 2 }, lost));
    const probe = () => Promise.reject(new McpTransportError('unauthorized', 'no', { status: 401 }));
    const send = breaker(clock, probe, { failures: 2, cooldownMs: 1 })(next);
    for (let index = 0; index < 2; index += 1) await settle(send(operation()));
    await clock.advance(20);
    expect(await settle(send(operation()))).toEqual({ ok: true });
  });

  it('an abort ends the wait for a probe', async () => {
    const clock = manualClock();
    const next = failing(lost());
    const send = breaker(clock, () => new Promise(() => {}), { failures: 1, cooldownMs: 1 })(next);
    await settle(send(operation()));
    await clock.advance(20);
    const controller = new AbortController();
    const result = settle(send(operation({ signal: controller.signal })));
    controller.abort();
    expect(await result).toMatchObject({ code: 'aborted' });
  });

  it('failures of the caller and of tools never open it', async () => {
    const errors = Array.from({ length: 30 }, () => new McpTransportError('tool-error', 'no', { status: 200 }));
    const next = failing(...errors);
    const send = breaker(system, async () => {})(next);
    for (let index = 0; index < 30; index += 1) await settle(send(operation()));
    expect(await settle(send(operation()))).toEqual({ ok: true });
  });
});
