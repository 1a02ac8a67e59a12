import { appendFile, mkdir, readdir, readFile, rm, rmdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoryEntry } from '@tale/model-pool';
import { temporaryFolder, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { type FileRecordOptions, fileRecord } from '../../src/models/decision-record.js';

const day = 86_400_000;

/** A refusal of the gate, which is told in one sentence. */
const refusal = (requestId: string, atMs: number, taskId: string | null = null): StoryEntry => ({
  ...{ id: 1, atMs, kind: 'refuse', requestId, callId: `call-${requestId}`, taskId },
  ...{ inputs: { by: 'gate', reason: `because of ${requestId}` }, chosen: null, rejected: [] },
});

async function open(options: Partial<FileRecordOptions> = {}) {
  const root = await temporaryFolder();
  const warnings: unknown[] = [];
  const warn = (facts: unknown) => void warnings.push(facts);
  const logger = { debug() {}, info() {}, warn, error: warn };
  let nowMs = 100 * day;
  const settings = { folder: root.path, now: () => nowMs, logger, flushMs: 1, ...options };
  return {
    folder: root.path,
    file: join(root.path, 'decisions.ndjson'),
    before: join(root.path, 'decisions.1.ndjson'),
    warnings,
    now: () => nowMs,
    pass(ms: number) {
      nowMs += ms;
    },
    /** Another process on the same folder. */
    open: () => fileRecord(settings),
    [Symbol.asyncDispose]: () => root[Symbol.asyncDispose](),
  };
}

describe('fileRecord', () => {
  it('explains calls and tasks of an earlier process, from a file of this user alone', async () => {
    await using at = await open();
    const first = at.open();
    first.add(refusal('R1', at.now(), 'TASK'));
    first.add(refusal('R2', at.now(), 'TASK'));
    await first.close();
    expect((await stat(at.file)).mode & 0o777).toBe(0o600);
    const second = at.open();
    second.add(refusal('R3', at.now(), 'TASK'));
    expect((await second.explain('TASK')).requestIds).toEqual(['R1', 'R2', 'R3']);
    expect(await second.explain('call-R1')).toMatchObject({
      sentences: ['The gate refused the call: because of R1.'],
      decisions: [{ requestId: 'R1' }],
    });
    await second.close();
  });

  it('says how far back it goes where it knows nothing', async () => {
    await using at = await open({ maxEntries: 50 });
    const record = at.open();
    const nothing = { sentences: [], decisions: [], requestIds: [] };
    expect(await record.explain('R9')).toMatchObject({ ...nothing, kept: { maxEntries: 50, sinceMs: null } });
    record.add(refusal('R1', at.now() - 5));
    expect(await record.explain('R9')).toMatchObject({
      ...nothing,
      kept: { maxAgeMs: 7 * day, sinceMs: at.now() - 5 },
    });
    await record.close();
  });

  it.each([
    ['torn line', '{"id":2,"atMs":3,"kind":"rou'],
    ['line that is no JSON', 'what?\n'],
    ['line that is no entry', 'null\n{"a":"R1"}\n{"format":1,"requestId":"R1","atMs":8.64e9}\n'],
    ['line of another version', '{"format":2,"requestId":"R1","kind":"route"}\n{"requestId":"R1"}\n'],
  ])('goes on after a %s', async (_, rubbish) => {
    await using at = await open();
    const first = at.open();
    first.add(refusal('R1', at.now()));
    await first.close();
    await appendFile(at.file, rubbish);
    const second = at.open();
    second.add(refusal('R2', at.now()));
    expect((await second.explain('R2')).decisions).toHaveLength(1);
    expect((await second.explain('R1')).decisions).toHaveLength(1);
    await second.close();
  });

  it('keeps the newest entries and never more than two files', async () => {
    await using at = await open({ maxEntries: 3 });
    const record = at.open();
    for (let index = 0; index < 10; index++) {
      record.add(refusal(`R${index}`, at.now()));
      await record.explain('nobody');
    }
    expect((await readdir(at.folder)).sort()).toEqual(['decisions.1.ndjson', 'decisions.ndjson']);
    const known = await Promise.all([...Array(10).keys()].map(async (index) => record.explain(`R${index}`)));
    expect(known.map(({ decisions }) => decisions.length)).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1]);
    await record.close();
    const lines = async (path: string) => (await readFile(path, 'utf8')).trim().split('\n').length;
    expect((await lines(at.file)) + (await lines(at.before))).toBe(4);
  });

  it('begins another file where one is too large', async () => {
    await using at = await open({ maxBytes: 300 });
    const record = at.open();
    for (const id of ['R1', 'R2', 'R3', 'R4']) {
      record.add(refusal(id, at.now()));
      await record.explain(id);
    }
    await record.close();
    expect((await stat(at.file)).size).toBeLessThan(600);
    expect((await readdir(at.folder)).length).toBe(2);
  });

  it('tells nothing that is too old, and deletes it', async () => {
    await using at = await open({ maxAgeMs: day });
    const first = at.open();
    first.add(refusal('R1', at.now()));
    await first.close();
    at.pass(day + 1);
    const second = at.open();
    expect((await second.explain('R1')).decisions).toEqual([]);
    second.add(refusal('R2', at.now()));
    await second.close();
    expect(await readFile(at.file, 'utf8')).not.toContain('R1');
    at.pass(400 * 365 * day); // the file before it was written at an instant of the real clock
    const third = at.open();
    third.add(refusal('R3', at.now()));
    await third.close();
    expect((await readFile(at.before, 'utf8')) + (await readFile(at.file, 'utf8'))).not.toContain('R1');
  });

  it('writes in groups, and not while it is given something', async () => {
    await using at = await open({ flushMs: 60_000 });
    const record = at.open();
    for (let index = 0; index < 200; index++) record.add(refusal(`R${index}`, at.now()));
    expect(await readdir(at.folder)).toEqual([]);
    await record.close();
    expect((await readFile(at.file, 'utf8')).trim().split('\n')).toHaveLength(200);
  });

  it('writes through no link, and goes on where it cannot write', async () => {
    await using at = await open();
    const elsewhere = join(at.folder, 'elsewhere');
    await writeFile(elsewhere, 'mine');
    await symlink(elsewhere, at.file);
    const record = at.open();
    record.add(refusal('R1', at.now()));
    await record.close();
    expect(await readFile(elsewhere, 'utf8')).toBe('mine');
    expect(at.warnings).toMatchObject([{ entries: 1 }]);
  });

  it('says once that it cannot write, and writes again once that works', async () => {
    await using at = await open();
    await mkdir(at.file);
    const record = at.open();
    const fail = async (id: string) => {
      record.add(refusal(id, at.now()));
      await record.explain(id).catch(() => {});
    };
    for (const id of ['R1', 'R2', 'R3']) await fail(id);
    expect(at.warnings).toMatchObject([{ entries: 1 }]);
    await rmdir(at.file);
    record.add(refusal('R4', at.now()));
    expect((await record.explain('R4')).decisions).toHaveLength(1);
    expect(await readFile(at.file, 'utf8')).not.toContain('R3');
    await rm(at.file);
    await mkdir(at.file);
    for (const id of ['R5', 'R6']) await fail(id);
    await record.close();
    expect(at.warnings).toMatchObject([{ entries: 1 }, { entries: 1 }]);
  });

  it('neither loses nor moves what is added while it reads', async () => {
    await using at = await open({ flushMs: 0, maxEntries: 2 });
    const record = at.open();
    const ids = [...Array(40).keys()].map((index) => `R${index}`);
    for (const [index, id] of ids.entries()) {
      record.add(refusal(id, at.now(), 'TASK'));
      const reading = record.explain('TASK');
      record.add(refusal(`${id}-while`, at.now(), 'TASK'));
      const { requestIds } = await reading;
      expect(requestIds.slice(-1)).toEqual([id]);
      if (index > 0) expect(requestIds).toContain(`R${index - 1}-while`);
    }
    await record.close();
    expect((await record.explain('R39-while')).decisions).toHaveLength(1);
  });

  it('deletes the older file once it is too old, also where nothing is written', async () => {
    await using at = await open({ maxEntries: 1, tidyMs: 5 });
    const first = at.open();
    for (const id of ['R1', 'R2']) {
      first.add(refusal(id, at.now()));
      await first.explain(id);
    }
    await first.close();
    expect(await readdir(at.folder)).toHaveLength(2);
    at.pass(400 * 365 * day); // the file was written at an instant of the real clock
    const second = at.open();
    await second.close();
    expect(await readdir(at.folder)).toEqual(['decisions.ndjson']);
    const third = at.open();
    await third.explain('R2');
    await writeFile(at.before, '');
    await until('it is gone', async () => !(await readdir(at.folder)).includes('decisions.1.ndjson'));
    await third.close();
  });

  it('loses the newest where the disk does not keep up, and says so once', async () => {
    await using at = await open({ flushMs: 60_000 });
    const record = at.open();
    for (let index = 0; index < 10_005; index++) record.add(refusal(`R${index}`, at.now()));
    expect(at.warnings).toHaveLength(1);
    expect((await record.explain('R9999')).decisions).toHaveLength(1);
    expect((await record.explain('R10001')).decisions).toHaveLength(0);
    await record.close();
  });
});
