import { seededRandom } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import {
  type Decision,
  type DecisionKind,
  type FailureView,
  type PoolEvent,
  replayDecision,
  replayLog,
} from '../../src/index.js';
import { openPool } from '../setup/open-pool.js';
import { openScripted } from '../setup/scripted-pool.js';

const decisionsOf = (events: readonly PoolEvent[]): Decision[] => events.filter((event) => event.type === 'decision');
const overJson = (decisions: readonly Decision[]): Decision[] =>
  decisions
    .map((decision) => JSON.stringify(decision))
    .join('\n')
    .split('\n')
    .map((line) => JSON.parse(line));

describe('replay', () => {
  it('every decision of a pool under a random load comes out the same again, also from a file', async () => {
    const random = seededRandom(11);
    const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(random() * values.length)] as Value;
    await using opened = await openScripted(
      {
        small: { bytes: 1e9, loadMs: 50, capabilities: ['completion'] },
        large: { bytes: 5e9, loadMs: 400 },
        third: { bytes: 3e9, loadMs: 200 },
      },
      {
        models: {
          small: { backend: 'server', model: 'small', contextTokens: 2_048 },
          large: { backend: 'server', model: 'large', contextTokens: 4_096 },
          third: { backend: 'server', model: 'third', contextTokens: 4_096, slots: 2 },
        },
        roles: {
          ux: { candidates: ['small', 'third'] },
          planning: { candidates: ['large', 'third', 'small'] },
          embed: { candidates: ['third'] },
        },
        memory: { budget: 7e9 },
        residency: { busyMs: 500, idleMs: 2_000, restoreAfterMs: 1_000 },
        random,
        gate: {
          async begin({ role }) {
            if (random() < 0.03) throw Object.assign(new Error('spent'), { code: 'budget-exceeded' });
            return { progress: async () => {}, settle: async () => void role };
          },
        },
      },
    );
    const { pool, settle, server, events } = opened;
    await settle(pool.start());
    const codes = ['overloaded', 'backend-down', 'load-failed', 'stream-broken', 'stalled', 'model-missing'] as const;
    for (let round = 0; round < 120; round += 1) {
      for (const model of ['small', 'large', 'third'])
        for (let count = 0; count < 4; count += 1)
          if (random() < 0.4) {
            const facts = { retryAfterMs: random() < 0.5 ? Math.floor(random() * 9_000) : null };
            server.plan(model, { tokens: pick([0, 0, 2]), code: pick(codes.slice(0, 5)), facts });
          } else server.plan(model, { tokens: pick([1, 5, 20]), pieceMs: pick([1, 20]) });
      if (random() < 0.3) server.failLoads(pick(['large', 'third']), 1, pick(['load-failed', 'load-timeout']));
      const calls = Array.from({ length: 12 }, () => {
        const controller = new AbortController();
        if (random() < 0.1) opened.clock.after(random() * 500, () => controller.abort());
        const shared = { signal: controller.signal, labels: { taskId: `task${Math.floor(random() * 5)}` } };
        if (random() < 0.1) return pool.embed({ input: ['x'], ...shared });
        const tools = random() < 0.2 ? [{ name: 'look', parameters: {} }] : [];
        return pool.generate({
          role: pick(['ux', 'planning']),
          messages: [{ role: 'user', content: 'x'.repeat(pick([4, 400, 10_000])) }],
          ...(random() < 0.3 ? { preferredModel: pick(['small', 'large', 'third', 'nobody']) } : {}),
          ...(random() < 0.3 ? { coverWhileLoading: 'ux' } : {}),
          ...(random() < 0.3 ? { maxOutputTokens: pick([10, 3_000]) } : {}),
          ...(random() < 0.2 ? { deadlineMs: pick([500, 20_000]) } : {}),
          ...(random() < 0.3 ? { replayable: true } : {}),
          ...{ tools, ...shared },
        });
      });
      await settle(Promise.allSettled(calls));
      if (random() < 0.3) await settle(pool.unload(pick(['large', 'third'])).catch(() => {}));
    }
    const decisions = decisionsOf(events);
    expect(decisions.length).toBeGreaterThan(3_000);
    const count = (kind: DecisionKind) => decisions.filter((decision) => decision.kind === kind).length;
    for (const kind of [
      'route',
      'grant',
      'cover',
      'retry',
      'fallback',
      'fail',
      'refuse',
      'load',
      'evict',
      'memory',
    ] as const)
      expect(count(kind), kind).toBeGreaterThan(0);
    expect(replayLog(decisions)).toEqual([]);
    expect(replayLog(overJson(decisions))).toEqual([]);
  }, 60_000);

  it('the decisions of a pool on a server come out the same again', async () => {
    await using opened = await openPool({
      roles: { ux: { candidates: ['small', 'large'] }, planning: { candidates: ['large', 'small'] } },
      memory: { budget: 5.5e9 },
      random: () => 0,
    });
    const { pool, fake, events } = opened;
    await pool.start();
    await fake.set({ kind: 'status-503', every: 3 }, { kind: 'no-done', every: 5 });
    const roles = ['ux', 'planning'] as const;
    await Promise.allSettled(
      Array.from({ length: 40 }, (_, index) =>
        pool.generate({ role: roles[index % 2] ?? 'ux', prompt: 'x [tokens=3]', coverWhileLoading: 'ux' }),
      ),
    );
    const decisions = decisionsOf(events);
    expect(decisions.length).toBeGreaterThan(100);
    expect(replayLog(overJson(decisions))).toEqual([]);
  });

  it('a decision that comes out otherwise is told with both', () => {
    const decision: Decision = {
      ...{ id: 1, atMs: 1, kind: 'mode', requestId: null, callId: null, taskId: null, rejected: [] },
      chosen: 'swap',
      inputs: { ux: 'a', planning: 'a', uxBytes: 1, planningBytes: 1, budgetBytes: 1, maySwap: false },
    };
    expect(replayDecision(decision)).toEqual({ chosen: 'single', rejected: [] });
    expect(replayLog([decision])).toEqual([{ decision, replayed: { chosen: 'single', rejected: [] } }]);
    expect(replayLog([{ ...decision, chosen: 'single' }])).toEqual([]);
    const other = { ...decision, chosen: 'single', rejected: [{ option: 'b', reason: 'x' }] };
    expect(replayLog([other])).toHaveLength(1);
  });

  it('a step that becomes another one is a mismatch', () => {
    const inputs: FailureView = {
      ...{ name: 'a', next: null, isNextReady: false, isNextElsewhere: false, attempts: 1, triesHere: 1 },
      ...{ hasText: false, replayable: false, retryAfterMs: null, remainingMs: null, refused: false },
      ...{ code: 'overloaded', mayHaveLeaked: false, isEmbed: false, random: 0 },
    };
    const step = (kind: 'retry' | 'fallback', more: Partial<FailureView> = {}): Decision => ({
      ...{ id: 1, atMs: 1, requestId: 'r', callId: 'c', taskId: null, chosen: 'a', rejected: [] },
      ...{ kind, inputs: { ...inputs, ...more } },
    });
    expect(replayLog([step('retry')])).toEqual([]);
    expect(replayLog([step('fallback')])).toMatchObject([{ replayed: { chosen: 'retry a' } }]);
    expect(replayLog([step('retry', { attempts: 3 })])).toMatchObject([{ replayed: { chosen: 'fail' } }]);
  });
});
