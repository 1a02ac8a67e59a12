import { describe, expect, it } from 'vitest';
import type { CallRequest, CallResult } from '../../../src/index.js';
import { ModelPoolError } from '../../../src/index.js';
import {
  type CallPort,
  type FakeFaultKind,
  type FaultCase,
  faultCases,
  faultCaseTimers,
  runAbortStorm,
} from '../../../src/testing/index.js';
import { type OpenedPort, onOllama } from '../../setup/call-ports.js';

function findCase(kind: FakeFaultKind, isCollected: boolean): FaultCase {
  const found = faultCases.find(
    (one) => one.kind === kind && one.frequency === 'always' && one.isCollected === isCollected && !one.isAborted,
  );
  if (found === undefined) throw new Error(`there is no case of ${kind}`);
  return found;
}

/** A port that spoils what a pool does. */
async function spoilt(
  oneCase: FaultCase,
  spoil: (opened: OpenedPort) => Partial<CallPort> | { held: () => number },
): Promise<unknown> {
  await using opened = await onOllama.open({ timers: faultCaseTimers(oneCase.kind), random: () => 0 });
  const pool = {
    call: (request: CallRequest) => opened.owner.call(request),
    generate: (request: CallRequest) => opened.owner.generate(request),
  };
  const spoiler = spoil(opened);
  const held = 'held' in spoiler ? spoiler.held : () => 0;
  const error = await oneCase
    .run({ ...opened, pool: { ...pool, ...spoiler }, held })
    .catch((thrown: unknown) => thrown);
  return error;
}

describe('a fault case fails where', () => {
  it('an answer with text missing is a success', async () => {
    const error = await spoilt(findCase('no-done', true), ({ owner }) => ({
      generate: (request) =>
        owner.generate(request).catch((error: ModelPoolError) => ({ text: error.partialText }) as CallResult),
    }));
    expect(String(error)).toMatch(/it was answered: /);
  });

  it('an answer is another text than the one that was sent', async () => {
    const error = await spoilt(findCase('slow-headers', true), ({ owner }) => ({
      generate: async (request) => ({ ...(await owner.generate(request)), text: 'something else' }),
    }));
    expect(error).toMatchObject({ name: 'AssertionError', actual: 'something else' });
  });

  it('a failure is none of the package, or of another code', async () => {
    const untyped = await spoilt(findCase('reset', true), () => ({
      generate: () => Promise.reject(new TypeError('fetch failed')),
    }));
    expect(String(untyped)).toMatch(/not an error of the package/);
    const other = await spoilt(findCase('reset', true), () => ({
      generate: () => Promise.reject(new ModelPoolError('stalled', 'x')),
    }));
    expect(String(other)).toMatch(/stalled is none of backend-down/);
  });

  it('the partial text of a failure was never sent', async () => {
    const error = await spoilt(findCase('no-done', true), () => ({
      generate: () => Promise.reject(new ModelPoolError('stream-broken', 'x', { partialText: 'made up' })),
    }));
    expect(String(error)).toMatch(/"made up" is not the beginning of/);
  });

  it('the next call fails for good', async () => {
    let calls = 0;
    const error = await spoilt(findCase('status-401', true), ({ owner }) => ({
      generate: (request) =>
        calls++ === 0 ? owner.generate(request) : Promise.reject(new ModelPoolError('configuration', 'still')),
    }));
    expect(String(error)).toMatch(/configuration: still/);
  });

  it('the pool holds something afterwards', async () => {
    const error = await spoilt(findCase('slow-headers', false), () => ({ held: () => 1 }));
    expect(error).toMatchObject({ name: 'AssertionError', actual: 1, expected: 0 });
  });
});

it('a storm counts the slots that are not given back', async () => {
  const none: CallPort = {
    call: () => (async function* () {})(),
    generate: () => Promise.reject(new ModelPoolError('aborted', 'x')),
  };
  const fake = { slots: () => ({ 'small:1b': 1, 'large:8b': 1 }), resident: () => [], evict: () => {} };
  const { heldSlots, aborted, answered, failed } = await runAbortStorm({ pool: none, fake, count: 20, settleMs: 50 });
  expect({ heldSlots, sum: aborted + answered, failed }).toEqual({ heldSlots: 2, sum: 20, failed: {} });
});
