import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { systemClock } from '../../src/clock.js';
import { createMcpPool, defineTool, type LedgerPort, type McpServerOptions, type Progress } from '../../src/index.js';
import { callTool } from '../../src/light/index.js';
import { createRunOnce, type Execute } from '../../src/server/idempotency.js';
import { createMemoryLedger } from '../../src/server/memory-ledger.js';
import { ledgerCases } from '../../src/testing/index.js';
import { modernBody, modernHeaders } from '../../src/wire/modern.js';
import { client, settle } from '../support/calls.js';
import { recordingLogger, serve, token, waitTool } from '../support/serve.js';

/** A tool that counts its runs; it fails as often as it is told to. */
function counter(failures: { retryable: boolean }[] = []) {
  let runs = 0;
  const tool = defineTool({
    name: 'submit',
    description: 'Submits.',
    input: z.object({ text: z.string(), more: z.optional(z.number()) }),
    run({ text }, { idempotencyKey }) {
      runs += 1;
      const failure = failures.shift();
      if (failure) throw Object.assign(new Error('no'), { code: 'refused', ...failure });
      return { structured: { id: `task-${runs}`, text, idempotencyKey } };
    },
  });
  return { tool, runs: () => runs };
}

async function served(tools: Parameters<typeof serve>[0], options: Partial<McpServerOptions> = {}) {
  const server = await serve(tools, options);
  const pool = createMcpPool({ servers: { it: { url: server.url, token } } });
  return {
    url: server.url,
    call: (args: object, idempotencyKey: string, more: object = {}) =>
      pool.callTool('it', tools[0]?.name ?? '', args, { idempotencyKey, ...more }),
    async [Symbol.asyncDispose]() {
      await pool.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe('KEY-1: calls with equal keys', () => {
  it('run once; the second gets the result of the first, marked as replayed', async () => {
    const { tool, runs } = counter();
    await using server = await served([tool]);
    const first = await server.call({ text: 'a' }, 'k');
    const second = await server.call({ text: 'a' }, 'k');
    expect(first).toMatchObject({ structured: { id: 'task-1', idempotencyKey: 'k' }, isReplayed: false });
    expect(second).toMatchObject({ structured: { id: 'task-1' }, isReplayed: true });
    expect(runs()).toBe(1);
    expect((await server.call({ text: 'a' }, 'k2')).structured).toMatchObject({ id: 'task-2' });
  });

  it('the order of the arguments does not matter, their values do', async () => {
    const { tool, runs } = counter();
    await using server = await served([tool]);
    await server.call({ text: 'a', more: 1 }, 'k');
    expect((await server.call({ more: 1, text: 'a' }, 'k')).isReplayed).toBe(true);
    await expect(server.call({ text: 'b', more: 1 }, 'k')).rejects.toMatchObject({
      ...{ code: 'protocol', retryable: false, mayHaveRun: false },
      envelope: { code: 'key-conflict' },
    });
    expect(runs()).toBe(1);
  });

  it('100 at once run once', async () => {
    const { tool, runs } = counter();
    await using server = await served([tool]);
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => server.call({ text: 'a' }, 'k')));
    expect(new Set(outcomes.map(({ structured }) => structured?.id))).toEqual(new Set(['task-1']));
    expect(outcomes.filter(({ isReplayed }) => !isReplayed)).toHaveLength(1);
    expect(runs()).toBe(1);
  });

  it('keys of one principal are not those of another', async () => {
    const { tool, runs } = counter();
    await using server = await serve([tool], { auth: { tokens: { one: 'a', two: 'b' } } });
    for (const bearer of ['a', 'b']) {
      await callTool({ url: server.url, token: bearer, name: 'submit', args: { text: 'a' }, idempotencyKey: 'k' });
    }
    expect(runs()).toBe(2);
  });

  it('a failure that may pass is not kept, one that stays is', async () => {
    const { tool, runs } = counter([{ retryable: true }, { retryable: false }]);
    await using server = await served([tool]);
    const outcomes = [];
    for (let index = 0; index < 3; index += 1) outcomes.push(await server.call({ text: 'a' }, 'k'));
    expect(outcomes.map(({ error, isReplayed }) => [error?.retryable, isReplayed])).toEqual([
      [true, false],
      [false, false],
      [false, true],
    ]);
    expect(runs()).toBe(2);
  });

  it.each([[''], ['x'.repeat(257)]])('a key of the wrong length (%#) is refused', async (key) => {
    const { tool, runs } = counter();
    await using server = await served([tool]);
    await expect(server.call({ text: 'a' }, key)).rejects.toMatchObject({ envelope: { code: 'invalid-request' } });
    expect(runs()).toBe(0);
  });

  it('a key of 256 characters is kept apart from one of 257, which is a JSON-RPC error with an envelope', async () => {
    const { tool, runs } = counter();
    await using server = await served([tool]);
    expect(await server.call({ text: 'a' }, 'x'.repeat(256))).toMatchObject({ isReplayed: false });
    const answer = await fetch(`${server.url}/mcp`, {
      method: 'POST',
      headers: modernHeaders('tools/call', 'submit', token),
      body: modernBody({
        ...{ id: 1, method: 'tools/call', client, progressToken: undefined },
        ...{ params: { name: 'submit', arguments: { text: 'a' } }, idempotencyKey: 'x'.repeat(257) },
      }),
    });
    expect(await answer.json()).toMatchObject({
      error: {
        code: -32_602,
        data: { 'tale/error': { code: 'invalid-request', retryable: false, source: 'test-server' } },
      },
    });
    expect(runs()).toBe(1);
  });
});

describe('KEY-2: a keyed call that runs', () => {
  const key = { principal: 'p', tool: 't', key: 'k' };
  const silent = { error() {} };

  /** Somebody who waits, with what they heard. */
  function waiter() {
    const controller = new AbortController();
    const reports: number[] = [];
    const progress = (report: Progress) => reports.push(report.progress);
    return { controller, reports, caller: { signal: controller.signal, progress } };
  }

  it('is joined; it goes on while anybody waits for it, and ends when nobody does', async () => {
    const runOnce = createRunOnce(createMemoryLedger({ clock: systemClock }), systemClock, silent);
    const [one, two] = [waiter(), waiter()];
    let seen: AbortSignal | undefined;
    let report = (_step: number) => {};
    const execute: Execute = (signal, progress) => {
      seen = signal;
      report = (step) => progress({ progress: step });
      report(1);
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const first = settle(runOnce(key, {}, one.caller, execute));
    await turn();
    const second = settle(runOnce(key, {}, two.caller, () => Promise.reject(new Error('run twice'))));
    await turn();
    report(2);
    one.controller.abort(new Error('one left'));
    expect(await first).toMatchObject({ message: 'one left' });
    expect(seen?.aborted).toBe(false);
    report(3);
    two.controller.abort(new Error('two left'));
    expect(await second).toMatchObject({ message: 'two left' });
    expect(seen?.aborted).toBe(true);
    expect([one.reports, two.reports]).toEqual([
      [1, 2],
      [2, 3],
    ]);
  });

  it('that was given up is waited for before the next one starts', async () => {
    const runOnce = createRunOnce(createMemoryLedger({ clock: systemClock }), systemClock, silent);
    const one = waiter();
    let end = () => {};
    const stubborn: Execute = () =>
      new Promise((resolve) => {
        end = () => resolve({ content: [] });
      });
    const first = settle(runOnce(key, {}, one.caller, stubborn));
    await turn();
    one.controller.abort();
    await first;
    const second = runOnce(key, {}, waiter().caller, () => Promise.reject(new Error('run twice')));
    await turn();
    end();
    // it had ended after all: its result is the one
    expect(await second).toEqual({ content: [], _meta: { 'tale/replayed': true } });
  });

  it('starts anew after everybody gave up', async () => {
    const wait = waitTool();
    await using server = await served([wait.tool]);
    const controller = new AbortController();
    const first = server.call({}, 'k', { signal: controller.signal }).catch(({ code }) => code);
    await wait.started;
    controller.abort();
    expect(await first).toBe('aborted');
    await wait.aborted;
    wait.release();
    expect(await server.call({}, 'k')).toMatchObject({ isReplayed: false, structured: { runs: 2 } });
  });
});

describe('a ledger of the app', () => {
  it('keeps results over a restart', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'ledger.json');
    const idempotency: LedgerPort = {
      read: async (key) => JSON.parse(await readFile(file, 'utf8').catch(() => '{}'))[JSON.stringify(key)] ?? null,
      write: (key, record) => writeFile(file, JSON.stringify({ [JSON.stringify(key)]: record })),
    };
    for (const [isReplayed, expected] of [
      [false, 1],
      [true, 0],
    ] as const) {
      const { tool, runs } = counter();
      await using server = await served([tool], { idempotency });
      expect(await server.call({ text: 'a' }, 'k')).toMatchObject({ isReplayed, structured: { id: 'task-1' } });
      expect(runs()).toBe(expected);
    }
  });

  it('that fails to store is logged, and the result is given all the same', async () => {
    const logger = recordingLogger();
    const idempotency: LedgerPort = { read: async () => null, write: () => Promise.reject(new Error('disk full')) };
    const { tool } = counter();
    await using server = await served([tool], { idempotency, logger });
    expect((await server.call({ text: 'a' }, 'k')).structured).toMatchObject({ id: 'task-1' });
    expect(logger.lines.join()).toContain('could not be stored');
  });

  it('that fails to read fails the call before it runs', async () => {
    const idempotency: LedgerPort = { read: () => Promise.reject(new Error('locked')), write: async () => {} };
    const { tool, runs } = counter();
    await using server = await served([tool], { idempotency });
    await expect(server.call({ text: 'a' }, 'k')).rejects.toMatchObject({ code: 'protocol', message: 'locked' });
    expect(runs()).toBe(0);
  });
});

describe('the ledger in memory', () => {
  for (const { name, run } of ledgerCases) it(name, () => run(createMemoryLedger({ clock: { now: Date.now } })));

  const key = (id: number) => ({ principal: 'p', tool: 't', key: `${id}` });

  it('forgets what is oldest beyond its bounds, and what is older than a day', async () => {
    let nowMs = 0;
    const ledger = createMemoryLedger({ clock: { now: () => nowMs }, maxRecords: 3, maxLength: 100, ttlMs: 1_000 });
    const record = (length: number) => ({ argumentsHash: '', result: 'x'.repeat(length), storedAtMs: nowMs });
    for (let id = 0; id < 5; id += 1) await ledger.write(key(id), record(10));
    expect([await ledger.read(key(1)), (await ledger.read(key(2)))?.result.length]).toEqual([null, 10]);
    await ledger.write(key(5), record(95));
    expect([await ledger.read(key(4)), (await ledger.read(key(5)))?.result.length]).toEqual([null, 95]);
    nowMs = 1_000;
    expect(await ledger.read(key(5))).toBeNull();
  });
});
