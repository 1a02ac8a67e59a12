import { describe, expect, it } from 'vitest';
import { deciders } from '../../src/decisions/deciders.js';
import { explainDecision } from '../../src/decisions/sentences.js';
import { sayMs } from '../../src/decisions/words.js';
import {
  type CallRequest,
  type Decision,
  explainEntries,
  type ModelPoolOptions,
  type StoryEntry,
} from '../../src/index.js';
import { openPool } from '../setup/open-pool.js';
import { openScripted, type ScriptedPool } from '../setup/scripted-pool.js';

const models = { small: { loadMs: 200 }, large: { bytes: 5e9, loadMs: 4_000 } };
const both: Partial<ModelPoolOptions> = {
  roles: { ux: { candidates: ['small', 'large'] }, planning: { candidates: ['large', 'small'] } },
};

/** Tells the story of one call. */
async function story(
  request: CallRequest,
  prepare: (opened: ScriptedPool) => Promise<unknown> = async () => {},
  options: Partial<ModelPoolOptions> = {},
): Promise<string> {
  await using opened = await openScripted(models, options);
  const { pool, settle } = opened;
  await prepare(opened);
  await settle(pool.generate({ requestId: 'REQUEST', ...request }).catch(() => {}));
  return pool.explain('REQUEST').sentences.join('\n');
}

const ux = { role: 'ux', prompt: 'hello' } as const;
const planning = { role: 'planning', prompt: 'plan it' } as const;
const loaded =
  (...names: string[]) =>
  async ({ pool, settle }: ScriptedPool) => {
    for (const name of names) await settle(pool.load(name));
  };

describe('stories', () => {
  it('a model that is there', async () => {
    expect(await story(ux, loaded('small'))).toMatchInlineSnapshot(`
      "The role ux went to small, which was in memory.
      Its turn in the lane ux came at once.
      small answered after 40 ms (10 ms reading, 30 ms writing), the first text after 20 ms: 7 tokens in, 3 out (reported)."
    `);
  });

  it('a model that has to be loaded, one of others', async () => {
    expect(await story(planning, loaded(), both)).toMatchInlineSnapshot(`
      "The role planning went to large, which had to be loaded. Not taken: small (not needed).
      Its turn in the lane planning came at once.
      large was loaded in 4.0 s.
      large answered after 4.0 s (4.0 s loading, 10 ms reading, 30 ms writing), the first text after 4.0 s: 7 tokens in, 3 out (reported)."
    `);
  });

  it('a call behind another one', async () => {
    const wait = async (opened: ScriptedPool) => {
      await loaded('small')(opened);
      opened.server.plan('small', { tokens: 100, pieceMs: 20 });
      for (const prompt of ['first', 'second']) void opened.pool.generate({ role: 'ux', prompt }).catch(() => {});
      await opened.until(() => opened.server.asked.length === 1);
    };
    expect(await story(ux, wait)).toMatchInlineSnapshot(`
      "The role ux went to small, which was in memory.
      It waited 2.0 s in the lane ux, behind 1 call that ran on small (ID2 of ux) and behind 1 call that waited.
      small answered after 2.1 s (2.0 s waiting, 10 ms reading, 30 ms writing), the first text after 2.1 s: 7 tokens in, 3 out (reported)."
    `);
  });

  it('a planning call that gives way to a person on the same machine', async () => {
    const talk = async (opened: ScriptedPool) => {
      await loaded('small', 'large')(opened);
      opened.server.plan('small', { tokens: 100, pieceMs: 20 });
      void opened.pool.generate(ux).catch(() => {});
      await opened.until(() => opened.server.asked.length === 1);
    };
    expect(await story(planning, talk)).toMatchInlineSnapshot(`
      "The role planning went to large, which was in memory.
      It waited 2.0 s in the lane planning, while a call of ux ran on the same machine.
      large answered after 2.0 s (2.0 s waiting, 10 ms reading, 30 ms writing), the first text after 2.0 s: 7 tokens in, 3 out (reported)."
    `);
  });

  it('a busy server', async () => {
    const busy = async (opened: ScriptedPool) => {
      await loaded('small')(opened);
      opened.server.plan('small', { tokens: 0, code: 'overloaded' });
    };
    expect(await story(ux, busy)).toMatchInlineSnapshot(`
      "The role ux went to small, which was in memory.
      Its turn in the lane ux came at once.
      Attempt 1 on small failed after 10 ms (10 ms reading): its server was busy (overloaded); 0 tokens in, 0 out (estimated).
      small was asked again after 1.1 s.
      Its turn in the lane ux came at once.
      small answered after 40 ms (10 ms reading, 30 ms writing), the first text after 20 ms: 7 tokens in, 3 out (reported)."
    `);
  });

  it('a server that asks to be left alone', async () => {
    const busy = async (opened: ScriptedPool) => {
      await loaded('small')(opened);
      opened.server.plan('small', { tokens: 0, code: 'overloaded', facts: { retryAfterMs: 9_000 } });
    };
    expect(await story(ux, busy)).toMatchInlineSnapshot(`
      "The role ux went to small, which was in memory.
      Its turn in the lane ux came at once.
      Attempt 1 on small failed after 10 ms (10 ms reading): its server was busy (overloaded); 0 tokens in, 0 out (estimated).
      Its server asked to be left alone for 9.0 s; small was asked again after that.
      It waited 9.0 s in the lane ux, because its server had asked to be left alone for 9.0 s.
      small answered after 9.0 s (9.0 s waiting, 10 ms reading, 30 ms writing), the first text after 9.0 s: 7 tokens in, 3 out (reported)."
    `);
  });

  it('a model that cannot be loaded, and one that answers instead', async () => {
    const broken = async ({ server }: ScriptedPool) => server.failLoads('large', 2);
    expect(await story(planning, broken, both)).toMatchInlineSnapshot(`
      "The role planning went to large, which had to be loaded. Not taken: small (not needed).
      Its turn in the lane planning came at once.
      Attempt 1 on large failed after 4.0 s (4.0 s loading): it could not be loaded (load-failed); 0 tokens in, 0 out (estimated).
      large was asked again at once.
      Its turn in the lane planning came at once.
      Attempt 2 on large failed after 4.0 s (4.0 s loading): it could not be loaded (load-failed); 0 tokens in, 0 out (estimated).
      small was asked instead.
      The role planning went to small, which had to be loaded. Not taken: large (it could not be loaded).
      Its turn in the lane planning came at once.
      small was loaded in 200 ms.
      small answered after 240 ms (200 ms loading, 10 ms reading, 30 ms writing), the first text after 220 ms: 7 tokens in, 3 out (reported)."
    `);
  });

  it('an answer that breaks in the middle', async () => {
    const broken = async (opened: ScriptedPool) => {
      await loaded('small')(opened);
      opened.server.plan('small', { tokens: 2, code: 'stream-broken' });
    };
    expect(await story(ux, broken, both)).toMatchInlineSnapshot(`
      "The role ux went to small, which was in memory. Not taken: large (absent, another is resident).
      Its turn in the lane ux came at once.
      Attempt 1 on small failed after 30 ms (10 ms reading, 20 ms writing): its answer broke off (stream-broken); 2 tokens in, 2 out (partial).
      Nothing was left to try. Not asked: large (text was sent already)."
    `);
  });

  it('a small model that answers while the large one is loaded', async () => {
    expect(await story({ ...planning, coverWhileLoading: 'ux' }, loaded('small'))).toMatchInlineSnapshot(`
      "The role planning went to large, which had to be loaded. Not taken: small (it only helps out).
      small answered meanwhile, while large was loaded behind it.
      Its turn in the lane planning came at once.
      small answered, in place of the model that was chosen, after 40 ms (10 ms reading, 30 ms writing), the first text after 20 ms: 7 tokens in, 3 out (reported)."
    `);
  });

  it('a gate that refuses', async () => {
    const begin = () => Promise.reject(Object.assign(new Error('the budget is spent'), { code: 'budget-exceeded' }));
    expect(await story(ux, loaded('small'), { gate: { begin } })).toMatchInlineSnapshot(`
      "The role ux went to small, which was in memory.
      Its turn in the lane ux came at once.
      The gate refused the call: budget-exceeded.
      Nothing was left to try."
    `);
  });

  it('a caller who leaves', async () => {
    await using opened = await openScripted(models);
    const { pool, settle, server } = opened;
    server.plan('small', { tokens: 100 });
    const controller = new AbortController();
    const call = pool.generate({ ...ux, requestId: 'REQUEST', signal: controller.signal }).catch(() => {});
    await opened.until(() => opened.events.filter(({ type }) => type === 'text-delta').length === 4);
    controller.abort();
    await settle(call);
    expect(pool.explain('REQUEST').sentences.join('\n')).toMatchInlineSnapshot(`
      "The role ux went to small, which had to be loaded.
      Its turn in the lane ux came at once.
      small was loaded in 200 ms.
      Attempt 1 on small was ended after 250 ms (200 ms loading, 10 ms reading, 40 ms writing): its caller ended it; 2 tokens in, 4 out (partial)."
    `);
  });

  it('memory that holds one of two', async () => {
    const options = {
      memory: { budget: 6e9 },
      roles: { planning: { candidates: ['large'] }, ux: { candidates: ['small'], resident: 'on-demand' } },
    } as const;
    expect(await story(planning, loaded('small'), options)).toMatchInlineSnapshot(`
      "The role planning went to large, which had to be loaded.
      Its turn in the lane planning came at once.
      small left the memory: large needs 5.4 GB, 1.0 GB of 6.0 GB were taken.
      large was loaded in 4.0 s.
      large answered after 4.0 s (4.0 s loading, 10 ms reading, 30 ms writing), the first text after 4.0 s: 7 tokens in, 3 out (reported)."
    `);
    expect(await story(planning, loaded(), { memory: { budget: 2e9 } })).toMatchInlineSnapshot(`
      "The role planning went to large, which had to be loaded.
      Its turn in the lane planning came at once.
      The memory was not enough: large needs 5.4 GB, 0.0 GB of 2.0 GB were taken, and nobody could leave.
      Attempt 1 on large failed after 0 ms: the memory does not hold it (memory-insufficient); 0 tokens in, 0 out (estimated).
      Nothing was left to try."
    `);
  });

  it('nobody who could be asked', async () => {
    const missing = async ({ pool, server, settle }: ScriptedPool) => {
      server.unlisted.add('small');
      server.plan('small', { tokens: 0, code: 'model-missing' });
      await settle(pool.generate(ux).catch(() => {}));
    };
    expect(await story(ux, missing)).toMatchInlineSnapshot(
      `"No model of the role ux could be asked. Not taken: small (it is not installed)."`,
    );
  });

  it('all requests of a task', async () => {
    await using opened = await openScripted(models);
    const { pool, settle } = opened;
    const labels = { taskId: 'TASK' };
    await settle(pool.generate({ ...planning, requestId: 'PLAN', labels }));
    await settle(pool.generate({ ...ux, requestId: 'TALK', labels: { taskId: 'OTHER' } }));
    await settle(pool.generate({ ...planning, requestId: 'ANSWER', labels }));
    const explained = pool.explain('TASK');
    expect(explained).toMatchObject({ requestId: 'PLAN', requestIds: ['PLAN', 'ANSWER'] });
    expect(explained.decisions.map(({ requestId, kind }) => `${requestId} ${kind}`)).toEqual([
      ...['PLAN route', 'PLAN grant', 'PLAN load'],
      ...['ANSWER route', 'ANSWER grant'],
    ]);
    expect(explained.sentences.join('\n')).toMatchInlineSnapshot(`
      "Request PLAN:
      The role planning went to large, which had to be loaded.
      Its turn in the lane planning came at once.
      large was loaded in 4.0 s.
      large answered after 4.0 s (4.0 s loading, 10 ms reading, 30 ms writing), the first text after 4.0 s: 7 tokens in, 3 out (reported).
      Request ANSWER:
      The role planning went to large, which was in memory.
      Its turn in the lane planning came at once.
      large answered after 40 ms (10 ms reading, 30 ms writing), the first text after 20 ms: 7 tokens in, 3 out (reported)."
    `);
    expect(pool.explain('nobody')).toEqual({ requestId: 'nobody', requestIds: [], sentences: [], decisions: [] });
  });
});

describe('explainDecision', () => {
  const about = { id: 1, atMs: 1, requestId: null, callId: null, taskId: null };
  const tell = (kind: Decision['kind'], inputs: object) => {
    const choice = (deciders[kind] as (inputs: object) => Pick<Decision, 'chosen' | 'rejected'>)(inputs);
    return explainDecision({ ...about, kind, inputs, ...choice } as unknown as Decision);
  };
  const resident = {
    ...{ name: 'small', state: 'absent', isManaged: true, isInstalled: true, isBackendUp: true, restMs: 0 },
    ...{ expiresInMs: null, holder: null },
  };
  it('what the pool decides for itself is a sentence too', () => {
    expect([
      tell('evict', { name: 'large', reason: 'linger' }),
      tell('load', { name: 'large', loadMs: null, error: 'no memory' }),
      tell('residency', { groups: [[resident]] }),
      tell('residency', {
        groups: [[{ ...resident, holder: { name: 'large', emptyForMs: null, restoreAfterMs: 1 } }]],
      }),
      tell('strangers', { budgetBytes: 1, heldBytes: 2, strangers: [{ backend: 'b', model: 'm', bytes: 2 }] }),
      tell('swap', {
        ...{ name: 'large', queuedCalls: 2, workMs: 9e9, gain: 1, waitedMs: 1, loadMs: 1, restoreMs: 1 },
        ...{ cachedTokens: 0, prefillRate: null, isBusy: false },
      }),
      tell('mode', { ux: 'a', planning: 'a', uxBytes: 1, planningBytes: 1, budgetBytes: 1, maySwap: false }),
      tell('refuse', { by: 'lane', lane: 'ux', waiting: 32, limit: 32 }),
      tell('refuse', { by: 'gate', reason: null }),
      tell('cover', { chosen: 'large', state: 'absent', loadMs: 10, cover: 'small', waitMs: 20 }),
      tell('cover', { chosen: 'large', state: 'absent', loadMs: null, cover: null, waitMs: null }),
    ]).toMatchInlineSnapshot(`
      [
        "large was taken out of memory: nobody used it.",
        "large could not be loaded: no memory.",
        "For residency: preload small.",
        "Nothing was done about residency. Waiting: small (another model works in its memory).",
        "Models of others hold more memory than the budget leaves: b/m (not ours to take out).",
        "large took its turn in memory: 2 calls waited for it.",
        "The models share the memory as single: a serves both roles.",
        "The lane ux was full: 32 calls waited in it.",
        "The gate refused the call: it gave no reason.",
        "Not covered: small (its queue is longer than the load of large).",
        "No small model was in memory that could have answered before large was loaded.",
      ]
    `);
  });
  it('times are told in the unit that fits', () => {
    expect([0, 999, 1_000, 59_949, 61_000].map(sayMs)).toEqual(['0 ms', '999 ms', '1.0 s', '59.9 s', '1 min 1 s']);
  });
});

describe('a record of decisions', () => {
  /** A pool that writes its record as JSON lines; each has ids of its own. */
  async function play(prefix: string, prompt: string, lines: string[], fail = false) {
    let ids = 0;
    const record = {
      add(entry: StoryEntry) {
        lines.push(JSON.stringify(entry));
        if (fail) throw new Error('disk full');
      },
    };
    await using opened = await openScripted(models, { ...both, record, createId: () => `${prefix}${++ids}` });
    const { pool, settle, server } = opened;
    server.plan('large', { tokens: 2, code: 'stream-broken' });
    const request = { role: 'planning', prompt, labels: { taskId: 'TASK' }, replayable: true } as const;
    await settle(pool.generate(request));
    return pool.explain('TASK');
  }
  const entriesOf = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as StoryEntry);

  it('tells the same story as the pool that wrote it', async () => {
    const lines: string[] = [];
    const told = await play('A', 'plan it', lines);
    expect(told.sentences.length).toBeGreaterThan(4);
    expect(explainEntries(entriesOf(lines), 'TASK')).toEqual(JSON.parse(JSON.stringify(told)));
  });

  it('tells the requests of a task one after the other, through several pools whose decisions count from 1', async () => {
    const lines: string[] = [];
    const [first, second] = [await play('A', 'plan it', lines), await play('B', 'plan it', lines)];
    const { requestIds, sentences } = explainEntries(entriesOf(lines), 'TASK');
    expect(requestIds).toEqual([...first.requestIds, ...second.requestIds]);
    expect(sentences).toEqual([
      `Request ${first.requestId}:`,
      ...first.sentences,
      `Request ${second.requestId}:`,
      ...second.sentences,
    ]);
  });

  it('has neither the prompt nor what had come of the answer', async () => {
    const lines: string[] = [];
    await play('A', 'the launch code is swordfish', lines);
    expect(entriesOf(lines)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ error: expect.objectContaining({ code: 'stream-broken', partialText: null }) }),
      ]),
    );
    expect(lines.join('\n')).not.toContain('swordfish');
  });

  it.each([
    ['a line of the answer that breaks off', 'bad-line', 'stream-broken', 'its answer broke off'],
    ['a refusal that repeats the prompt', 'status-400', 'rejected', 'its server rejected the request'],
  ] as const)('has no text of %s, and neither has its story', async (_, kind, code, words) => {
    const lines: string[] = [];
    const record = { add: (entry: StoryEntry) => void lines.push(JSON.stringify(entry)) };
    await using opened = await openPool({ record });
    const prompt = 'the launch code is swordfish [tokens=5]';
    await opened.pool.load('small');
    await opened.fake.set({ kind, path: '/api/generate', message: `no: ${prompt}` });
    const failure = await opened.pool.generate({ role: 'ux', prompt, requestId: 'REQUEST' }).catch((error) => error);
    expect(failure).toMatchObject({ code });
    const told = explainEntries(entriesOf(lines), 'REQUEST');
    expect(told.sentences.join(' ')).toContain(`${words} (${code})`);
    const line: unknown = failure.details.line ?? failure.message;
    expect(line).toMatch(/\w/);
    for (const text of [lines.join(' '), JSON.stringify(told), JSON.stringify(opened.pool.explain('REQUEST'))]) {
      expect(text).not.toContain('swordfish');
      expect(text).not.toContain(JSON.stringify(line).slice(1, -1));
    }
  });

  it('leaves out what another version wrote in another shape', async () => {
    const lines: string[] = [];
    const told = await play('A', 'plan it', lines);
    const [requestId = ''] = told.requestIds;
    const end = entriesOf(lines).find((entry) => 'type' in entry && entry.type === 'call-end');
    const strange: unknown[] = [
      ...[null, 'text', 5, {}, { requestId }, { requestId: 5, inputs: {} }, { requestId, inputs: null }],
      ...[
        { type: 'call-end', requestId },
        { type: 'call-end', requestId, labels: {} },
      ],
      ...[
        { ...end, usage: undefined },
        { ...end, timing: null },
        { ...end, status: 'odd' },
      ],
      ...[
        { kind: 'memory', requestId: null, inputs: {} },
        { kind: 'odd', requestId, taskId: 'TASK', inputs: {} },
      ],
      ...['route', 'cover', 'grant', 'retry', 'load', 'memory', 'mode', 'residency'].map((kind) => {
        return { kind, requestId, callId: null, taskId: null, inputs: {}, chosen: null };
      }),
    ];
    const entries = [...strange, ...entriesOf(lines), ...strange] as StoryEntry[];
    const { sentences } = explainEntries(entries, 'TASK');
    expect(sentences.filter((sentence) => told.sentences.includes(sentence))).toEqual(told.sentences);
    expect(sentences.every((sentence) => typeof sentence === 'string')).toBe(true);
  });

  it('does not stop a call by what it throws', async () => {
    const lines: string[] = [];
    expect((await play('A', 'plan it', lines, true)).decisions.length).toBeGreaterThan(0);
    expect(lines.length).toBeGreaterThan(0);
  });
});
