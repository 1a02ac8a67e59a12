import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { describe, expect, inject, it } from 'vitest';
import { runCommand } from '../../src/eval/run-command.js';
import { type ContextReport, ContextReportSchema } from '../../src/index.js';
import { type FixtureOptions, writeFixture } from './fixture.js';

async function run(options: FixtureOptions = {}, argv: readonly string[] = [], databaseUrl?: string) {
  await using folder = await temporaryFolder();
  await writeFixture(join(folder.path, 'data'), options);
  const out: string[] = [];
  const errors: string[] = [];
  const code = await runCommand({
    argv: ['--', '--data', 'data', '--json', '--bootstrap', '100', ...argv],
    startFolder: folder.path,
    databaseUrl,
    package: { name: '@tale/context', version: '0.0.0' },
    writeOut: (text) => out.push(text),
    writeError: (text) => errors.push(text),
  });
  const file = argv.includes('--out') ? await readFile(join(folder.path, 'report.json'), 'utf8') : null;
  return { code, out: out.join(''), errors: errors.join(''), file };
}

const parse = (text: string): ContextReport => ContextReportSchema.parse(JSON.parse(text));
const stable = ({ run: _, latency: __, ...rest }: ContextReport) => rest;

describe('a run over made-up conversations', { timeout: 240_000 }, () => {
  it('gives one line of JSON that fits its schema, the same figures each time, and finds what it should', async () => {
    const first = await run({}, ['--out', 'report.json']);
    expect(first.code).toBe(0);
    expect(first.out.trim().split('\n')).toHaveLength(1);
    expect(first.file).toBe(first.out);
    const report = parse(first.out);
    const { recall, gate, pins, window } = report.sets['made']!;
    expect(report.data.files).toEqual([
      { file: 'conversations.made.jsonl', rows: 3, skipped: 0 },
      { file: 'queries.made.jsonl', rows: 22, skipped: 0 },
    ]);
    expect([report.sets['made']!.messages, report.sets['made']!.queries]).toEqual([72, 22]);
    expect(recall.own.facts.r10.value).toBe(1);
    expect(recall.own.facts.inTokens2000.value).toBe(1);
    expect(recall.own.r10.ci).toHaveLength(2);
    expect(recall.own.mrr.value).toBeGreaterThan(0.9);
    expect(Object.keys(recall.byType)).toEqual(['absent', 'fact', 'instruction']);
    expect(recall.byType['absent']!.r10).toMatchObject({ value: null, n: 0 });
    expect(recall.baseline.facts.any10.value).toBe(1);
    expect(pins.covered.value).toBe(1);
    expect(pins.marked.value).toBeCloseTo(1 / 12, 3);
    expect(gate.ownKept.value).toBe(1);
    expect(gate.auc.value).toBeGreaterThan(0.5);
    expect(window).toHaveLength(1);
    expect(window[0]).toMatchObject({
      windowTokens: 3_072,
      fits: 36,
      overflows: { value: 0 },
      prefixBreaks: { value: 0 },
      toolPairsBroken: { value: 0 },
    });
    expect(window[0]!.seenFacts.value).toBeGreaterThan(0.8);
    expect(window[0]!.evaluatedShare.value).toBeLessThan(0.9);
    expect(report.latency.append.p50.value).toBeGreaterThan(0);
    const again = parse((await run()).out);
    expect(stable(again)).toEqual(stable(report));
  });

  it('finds no more than chance where the evidence is shuffled', async () => {
    const { recall } = parse((await run({ isShuffled: true, windows: [] })).out).sets['made']!;
    expect(recall.own.facts.r10.value).toBeLessThan(0.5);
  });

  it('judges goals, and fails with --check where one is missed', async () => {
    const { code, out } = await run({ isShuffled: true, windows: [8_192] }, ['--check']);
    const goals = new Map(parse(out).goals.map((goal) => [goal.id, goal]));
    expect(code).toBe(1);
    expect([...goals.keys()]).toEqual([
      'C1',
      'C2',
      'C3',
      'C4',
      'C5',
      'C6',
      'C7',
      'C8',
      'C9',
      'C10',
      'C11',
      'C12',
      'C13',
    ]);
    expect(goals.get('C1')!.status).toBe('pass');
    expect(goals.get('C3')).toMatchObject({
      status: 'fail',
      reason: expect.stringContaining('sets.made.recall.own.facts.r10 = '),
    });
    expect(goals.get('C6')).toMatchObject({ status: 'not-run', reason: 'bench: time of a fit' });
    expect(goals.get('C13')).toMatchObject({ status: 'not-run', reason: 'only one database ran' });
  });

  it('counts a broken row and goes on while it is one in a hundred', async () => {
    expect(await run({ brokenLines: 1, windows: [] })).toMatchObject({
      code: 2,
      errors: expect.stringContaining('1 of 4 rows'),
    });
  });

  it('takes the rows of one split, of one set, and less of them in a hurry', async () => {
    const tune = parse((await run({ windows: [] }, ['--split', 'tune', '--sets', 'made', '--quick'])).out);
    expect(tune.sets['made']!.conversations).toBe(2);
    expect(tune.settings.bootstrap).toBe(100);
  });

  it.skipIf(inject('postgresSocket') === null)('finds the same on PostgreSQL', async () => {
    const url = `postgres://tale@localhost/postgres?host=${encodeURIComponent(inject('postgresSocket')!)}`;
    const { code, out, errors } = await run({ windows: [] }, ['--store', 'postgres'], url);
    expect([code, errors.includes('made: r@10')]).toEqual([0, true]);
    const report = parse(out);
    expect(report.settings.store).toBe('postgres');
    expect(report.goals.find(({ id }) => id === 'C13')).toMatchObject({
      status: 'pass',
      parts: [{ target: 0.01, value: { value: 0 } }],
    });
  });
});

it.each<[string, FixtureOptions, string[], string]>([
  ['no manifest', { manifest: null }, [], 'manifest.json'],
  ['a manifest of another format', { manifest: { format: 'other' } }, [], 'no tale-context-eval/1'],
  ['a set that is not there', {}, ['--sets', 'none'], 'No set'],
  ['an unknown argument', {}, ['--unknown'], 'unknown'],
  ['an unknown split', {}, ['--split', 'half'], '--split is one of'],
  ['an unknown store', {}, ['--store', 'redis'], '--store is one of'],
  ['a bootstrap that is no number', {}, ['--bootstrap', 'x'], '--bootstrap needs'],
  ['PostgreSQL without an address', {}, ['--store', 'postgres'], 'TALE_DATABASE_URL'],
])('ends with 2 for %s', async (_, options, argv, message) => {
  const { code, errors, out } = await run({ ...options, windows: [] }, argv);
  expect([code, out]).toEqual([2, '']);
  expect(errors).toContain(message);
});

it('ends with 2 without data, and prints goals for people without --json', async () => {
  const out: string[] = [];
  const errors: string[] = [];
  const parts = {
    databaseUrl: undefined,
    package: { name: 'p', version: '0' },
    writeOut: (text: string) => out.push(text),
    writeError: (text: string) => errors.push(text),
  };
  expect(await runCommand({ ...parts, argv: [], startFolder: '/' })).toBe(2);
  expect(errors.join('')).toContain('--data');
  await using folder = await temporaryFolder();
  await writeFixture(folder.path, { windows: [] });
  expect(
    await runCommand({ ...parts, argv: ['--data', folder.path, '--quick', '--bootstrap', '0'], startFolder: '/' }),
  ).toBe(0);
  expect(out.join('')).toMatch(/^C1 {3}not-run/);
});
