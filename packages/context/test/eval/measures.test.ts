import { expect, it } from 'vitest';
import { createFigures } from '../../src/eval/bootstrap.js';
import { promptCounter } from '../../src/eval/common-prefix.js';
import { judgeGoals } from '../../src/eval/goals.js';
import { areaUnderCurve, quantile, recallReport, shareOf } from '../../src/eval/measures.js';
import type { ModelMessage } from '../../src/index.js';

it.each<[number[], number[], number]>([
  [[2, 3], [0, 1], 1],
  [[0, 1], [2, 3], 0],
  [[1, 1], [1, 1], 0.5],
  [[1, 3], [2], 0.5],
])('area under the curve of %j over %j is %d', (above, below, expected) =>
  expect(areaUnderCurve(above, below)).toBe(expected),
);

it.each<[string[], string[], number]>([
  [['a', 'b'], ['a'], 0.5],
  [['a', 'a'], ['a'], 1],
  [[], ['a'], 0],
  [['a'], [], 0],
])('share of %j among %j is %d', (evidence, found, expected) =>
  expect(shareOf(evidence, new Set(found))).toBe(expected),
);

it('takes quantiles', () => {
  expect([0, 0.5, 0.95, 1].map((share) => quantile([4, 1, 3, 2], share))).toEqual([1, 3, 4, 4]);
  expect(quantile([], 0.5)).toBe(0);
});

it('measures recall over questions with evidence', () => {
  const query = (id: string, type: string, evidence: string[]) => ({
    id,
    conversation: id,
    split: 'tune' as const,
    type,
    text: 't',
    evidence,
  });
  const none = new Set<string>();
  const inTokens = { 600: none, 1200: none, 2000: new Set(['a']), 4000: none };
  const report = recallReport(
    [
      { query: query('1', 'fact', ['a', 'b']), ranking: [['x'], ['a']], inTokens },
      { query: query('2', 'other', ['c']), ranking: [['c', 'd']], inTokens },
      { query: query('3', 'absent', []), ranking: [['a']], inTokens },
    ],
    { factTypes: ['fact'], pinTypes: [], otherTypes: [], abstainTypes: ['absent'], window: [] },
    createFigures(100),
  );
  expect(report.r10).toMatchObject({ value: 0.75, n: 2 });
  expect(report.mrr.value).toBe(0.75);
  expect(report.facts).toMatchObject({ r10: { value: 0.5 }, any10: { value: 1 }, inTokens2000: { value: 0.5 } });
});

it('gives intervals around the mean, the same each time, none for one conversation', () => {
  const samples = Array.from({ length: 60 }, (_, index) => ({
    conversation: `c${index % 6}`,
    value: index % 3 === 0 ? 1 : 0,
  }));
  const figures = createFigures(500);
  const { value, ci } = figures.mean(samples);
  expect(ci![0]).toBeLessThanOrEqual(value!);
  expect(ci![1]).toBeGreaterThanOrEqual(value!);
  expect(figures.mean(samples)).toEqual({ value, ci, n: 60, unit: 'share' });
  expect(figures.mean(samples.map((sample) => ({ ...sample, conversation: 'one' }))).ci).toBeNull();
  expect(figures.mean([])).toMatchObject({ value: null, reason: 'no rows' });
});

it('counts what stands behind a common prefix', () => {
  const counter = promptCounter((text) => text.length);
  const message = (role: ModelMessage['role'], content: string): ModelMessage => ({ role, content });
  const before = [message('system', 'rules'), message('user', 'one two')];
  expect(counter.total(before)).toBe(3 + 5 + 5 + 7 + 5);
  expect(counter.behind(before, before)).toBe(3);
  expect(counter.behind([...before, message('user', 'next')], before)).toBe(3 + 4 + 5);
  expect(counter.behind([before[0]!, message('user', 'one three')], before)).toBe(3 + 5 + ' three'.length);
  expect(counter.behind([message('system', 'other'), before[1]!], before)).toBe(3 + 5 + 5 + 7 + 5);
});

it('judges nothing where nothing was measured', () => {
  expect(
    judgeGoals({ sets: {}, assistantSets: new Set(), otherStore: null }).every(({ status }) => status === 'not-run'),
  ).toBe(true);
});
