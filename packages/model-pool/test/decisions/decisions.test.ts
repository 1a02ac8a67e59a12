import { describe, expect, it } from 'vitest';
import { DecisionLog } from '../../src/decisions/decision-log.js';
import { explainDecision } from '../../src/decisions/explain.js';
import type { Decision } from '../../src/index.js';

const decision = (requestId: string, more: Partial<Decision> = {}) => ({
  kind: 'route' as const,
  requestId,
  callId: null,
  inputs: {},
  chosen: 'a',
  rejected: [],
  ...more,
});

describe('DecisionLog', () => {
  it('keeps the newest in order and finds them by request or attempt', () => {
    const told: number[] = [];
    const log = new DecisionLog(
      () => 5,
      ({ id }) => told.push(id),
      3,
    );
    for (const requestId of ['a', 'b', 'a', 'b']) log.add(decision(requestId, { callId: `call-${requestId}` }));
    expect(told).toEqual([1, 2, 3, 4]);
    expect(log.find('b').map(({ id }) => id)).toEqual([2, 4]);
    expect(log.find('call-a').map(({ id }) => id)).toEqual([3]);
    expect(log.find('nobody')).toEqual([]);
  });
});

describe('explainDecision', () => {
  const tell = (
    kind: Decision['kind'],
    inputs: Decision['inputs'],
    chosen: string | null = 'a',
    rejected: Decision['rejected'] = [],
  ) => explainDecision({ id: 1, atMs: 1, kind, requestId: null, callId: null, inputs, chosen, rejected });
  it('every kind is a sentence', () => {
    expect([
      tell('route', { role: 'ux', state: 'resident' }, 'a', [{ option: 'b', reason: 'not needed' }]),
      tell('route', { role: 'ux' }, null, [{ option: 'b', reason: 'model-missing' }]),
      tell('grant', { lane: 'ux', queueMs: 3, reason: 'first' }),
      tell('grant', { lane: 'planning', queueMs: 40_000, reason: 'aged' }),
      tell('load', { name: 'a', loadMs: 7 }),
      tell('load', { name: 'a', error: 'no memory' }, null),
      tell('evict', { name: 'a', reason: 'memory' }),
      tell('fallback', { from: 'b', reason: 'stalled' }),
      tell('retry', { attempt: 1, reason: 'overloaded', delayMs: 9 }),
      tell('fail', { attempt: 3, reason: 'stalled' }, null),
      tell('refuse', { reason: 'budget-exceeded' }, null),
      tell('residency', { name: 'a', state: 'absent' }, 'preload'),
    ]).toMatchInlineSnapshot(`
      [
        "The role ux went to a, which was resident. Not taken: b (not needed).",
        "No model of the role ux could be asked. Not taken: b (model-missing).",
        "The lane ux let it go after 3 ms.",
        "The lane planning let it go after 40000 ms, because it had waited long.",
        "a was loaded in 7 ms.",
        "a could not be loaded: no memory.",
        "a was taken out of memory: memory.",
        "b failed (stalled), so a was asked.",
        "Attempt 1 on a failed (overloaded); it was tried again after 9 ms.",
        "Attempt 3 failed (stalled) and nothing was left to try.",
        "The gate refused the call: budget-exceeded.",
        "a should be in memory and was absent: preload.",
      ]
    `);
  });
});
