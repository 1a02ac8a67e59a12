import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createModelPool, type ModelPoolError, type ModelPoolErrorCode } from '../../../src/index.js';
import {
  type FakeFaultKind,
  type FakeServes,
  fakeFaultKinds,
  faultCaseTimers,
  startFakeOllama,
} from '../../../src/testing/index.js';

interface Expected {
  readonly code: ModelPoolErrorCode | null;
  readonly attempts?: number;
  /** What the error says of it. */
  readonly fault?: string;
}

const whole: Expected = { code: null };
const broken = (fault?: string): Expected => ({ code: 'stream-broken', ...(fault === undefined ? {} : { fault }) });

/** What each fault, for ever, makes of a call with one candidate. */
const expected: Readonly<Record<FakeFaultKind, Expected>> = {
  refuse: { code: 'backend-down' },
  silent: { code: 'first-token-timeout' },
  reset: { code: 'backend-down', attempts: 2 },
  'reset-mid': broken(),
  'half-close': { code: 'backend-down', attempts: 2 },
  'slow-headers': whole,
  'status-302': { code: 'configuration' },
  'status-400': { code: 'configuration' },
  'status-401': { code: 'configuration' },
  'status-403': { code: 'configuration' },
  'status-404': { code: 'model-missing' },
  'status-429': { code: 'overloaded', attempts: 3 },
  'status-499': { code: 'load-failed', attempts: 2 },
  'status-500': { code: 'load-failed', attempts: 2 },
  'status-503': { code: 'overloaded', attempts: 3 },
  'no-memory': { code: 'memory-insufficient' },
  'bad-line': broken('bad-line'),
  'error-line': broken('error-line'),
  'no-done': broken('no-end'),
  'two-done': broken('second-end'),
  empty: broken('no-end'),
  html: broken('html'),
  'utf8-split': whole,
  'utf8-cut': broken('bad-line'),
  'huge-line': broken('line-too-long'),
  gzip: broken('content-encoding'),
  'odd-characters': whole,
  repeat: broken('no-end'),
  endless: whole,
  'wrong-model': broken('wrong-model'),
  'bad-counts': whole,
  'nan-counts': broken('bad-line'),
  stall: { code: 'stalled' },
  'load-stall': { code: 'load-timeout', attempts: 2 },
  'slow-load': whole,
  trickle: { code: 'stalled' },
  'deaf-prefill': whole,
  'leak-slot': whole,
  'ps-lag': whole,
  evict: whole,
  reload: whole,
  restart: broken(),
  flap: broken(),
  'out-of-memory': broken('error-line'),
  'digest-change': whole,
};

/** Ollama loads when it is asked, not when it is looked at, and swallows what its model says when it fails. */
const underOllama: Readonly<Partial<Record<FakeFaultKind, Expected>>> = {
  'error-line': broken('swallowed-error'),
  'out-of-memory': broken('swallowed-error'),
  'load-stall': whole,
};

async function play(serves: FakeServes, kind: FakeFaultKind, isCollected: boolean) {
  await using fake = await startFakeOllama({ serves, models: [{ model: 'small:1b' }, { model: 'large:8b' }] });
  const pool = createModelPool({
    backends: { fake: { kind: 'openai', url: `${fake.url}/v1` } },
    models: { small: { backend: 'fake', model: 'small:1b', contextTokens: 4096 } },
    roles: { ux: { candidates: ['small'] } },
    timers: faultCaseTimers(kind),
    random: () => 0,
  });
  try {
    let attempts = 0;
    let text = '';
    let error: ModelPoolError | null = null;
    pool.subscribe((event) => {
      if (event.type === 'call-end') attempts += 1;
      if (event.type === 'text-delta') text += event.text;
    });
    await fake.set({ kind, ...(kind === 'trickle' ? {} : { delayMs: 100 }) });
    const request = { role: 'ux', messages: [{ role: 'user', content: 'x' }], maxOutputTokens: 100 } as const;
    try {
      if (isCollected) expect((await pool.generate(request)).text).toBe(text);
      else for await (const _ of pool.call(request));
    } catch (thrown) {
      error = thrown as ModelPoolError;
    }
    const sent = fake.log.findLast(({ path }) => path === '/v1/chat/completions')?.text ?? '';
    await fake.set();
    return { attempts, text, error, sent: sent.replace(/\p{Surrogate}/gu, '\uFFFD') };
  } finally {
    await pool.close();
  }
}

const quiet = vi.fn();
beforeAll(() => {
  for (const method of ['log', 'warn', 'error'] as const) vi.spyOn(console, method).mockImplementation(quiet);
});
afterAll(() => {
  expect(quiet).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

for (const serves of ['llama-server', 'ollama'] as const) {
  describe(`MODEL-POOL-2: every fault of ${serves} under /v1 has its outcome`, () => {
    for (const kind of fakeFaultKinds) {
      const { code, attempts = 1, fault } = (serves === 'ollama' ? underOllama[kind] : undefined) ?? expected[kind];
      for (const isCollected of [false, true]) {
        it(`${kind} gives ${code ?? 'a whole answer'}, ${isCollected ? 'collected' : 'streamed'}`, async () => {
          const played = await play(serves, kind, isCollected);
          const { error, text, sent } = played;
          expect(error?.code ?? null).toBe(code);
          expect(played.attempts).toBe(attempts);
          expect(error?.partialText ?? '').toBe(code === null ? '' : text);
          if (fault !== undefined) expect(error?.details.fault).toBe(fault);
          if (code === null) expect(text.length).toBeGreaterThan(0);
          if (kind === 'endless') expect(sent.startsWith(text)).toBe(true);
          else if (code === null) expect(text).toBe(sent);
        });
      }
    }
  });
}
