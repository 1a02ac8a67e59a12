import { describe, expect, it } from 'vitest';
import { ContextError } from '../../src/errors.js';
import { fitWindow } from '../../src/window/fit.js';
import { renderWindow } from '../../src/window/render-window.js';
import type { EpochState } from '../../src/window/window-data.js';
import { inputOf, layoutOf, type Wishes } from './fit-cases.js';
import { piece, pin, summary } from './simulation.js';

const state = (extra: Partial<EpochState> = {}): EpochState => ({
  epoch: 3,
  firstSeq: 1,
  system: piece(''),
  pins: [],
  omittedPins: 0,
  summaries: [],
  cuts: new Map(),
  ...extra,
});

interface Row {
  readonly name: string;
  readonly history: string;
  readonly wishes?: Wishes;
  /** Layout, first place, reason of the epoch, steps, tokens. */
  readonly is: string;
}

const rows: readonly Row[] = [
  { name: 'nothing at all', history: '', is: ' | from 1 | first | 3 of 1500' },
  { name: 'one message', history: 'u100', is: 'u | from 1 | first | 108 of 1500' },
  { name: 'all of a short conversation', history: 'u100 a100 u100', is: 'u a u | from 1 | first | 318 of 1500' },
  {
    name: 'two messages of the user behind each other',
    history: 'u100 u100',
    is: 'u u | from 1 | first | 213 of 1500',
  },
  { name: 'an answer before the first question', history: 'a100 u100', is: 'a u | from 1 | first | 213 of 1500' },
  { name: 'exactly the budget', history: 'u482 a500 u500', is: 'u a u | from 1 | first | 1500 of 1500' },
  {
    name: 'one token over: the one earlier unit stays, its answer is shortened',
    history: 'u482 a500 u501',
    is: 'u a~ u | from 1 | first | 1128 of 1500 | answer 500>127',
  },
  {
    name: 'an answer at the end belongs to the current turn',
    history: 'u200 a300 u200 a300 u200 a261',
    is: 'u a u a u a | from 1 | first | 1494 of 1500',
  },
  {
    name: 'one token over, more units: the oldest go down to half',
    history: 'u200 a300 u200 a300 u200 a261 u2',
    is: 'u a u | from 5 | first | 481 of 1500',
  },
  {
    name: 'down to the last earlier unit where half is not reached',
    history: 'u100 a200 u100 a600 u700',
    is: 'u a u | from 3 | first | 1418 of 1500',
  },
  {
    name: 'half is reached after one unit',
    history: 'u400 a400 u100 a100 u490',
    is: 'u a u | from 3 | first | 708 of 1500',
  },
  {
    name: 'a system prompt takes its part',
    history: 'u482 a500 u480',
    wishes: { systemTokens: 100 },
    is: 's u a~ u | from 1 | first | 1212 of 1500 | answer 500>127',
  },
  {
    name: 'schemas of tools take their part',
    history: 'u200 a300 u200 a300 u300',
    wishes: { toolTokens: 300 },
    is: 'u a u | from 3 | first | 1118 of 1500',
  },
  { name: 'tools of no tokens', history: 'u100', wishes: { toolTokens: 0 }, is: 'u | from 1 | first | 108 of 1500' },
  {
    name: 'a learnt template takes its part',
    history: 'u482 a500 u500',
    wishes: { templateTokens: 12 },
    is: 'u a~ u | from 1 | first | 1139 of 1500 | answer 500>127',
  },
  {
    name: 'an estimate keeps a tenth free',
    history: 'u400 a400 u500',
    wishes: { rule: { kind: 'estimate', share: 0.1 } },
    is: 'u a u | from 1 | first | 1318 of 1370',
  },
  {
    name: 'an estimate that is half too low',
    history: 'u400 a400 u100',
    wishes: { rule: { kind: 'estimate', share: 0.5 } },
    is: 'u a u | from 1 | first | 918 of 1005',
  },
  {
    name: 'an estimate that is never too low',
    history: 'u482 a500 u500',
    wishes: { rule: { kind: 'estimate', share: 0 } },
    is: 'u a u | from 1 | first | 1500 of 1508',
  },
  {
    name: 'an answer of half of the window at most',
    history: 'u400 a300 u300',
    wishes: { window: { contextTokens: 2_000, answerTokens: 1_900 } },
    is: 'u a~ u | from 1 | first | 845 of 984 | answer 300>127',
  },
  {
    name: 'an answer reserve of an eighth, 512 at least',
    history: 'u482 a500 u470',
    wishes: { window: { contextTokens: 2_000 } },
    is: 'u a u | from 1 | first | 1470 of 1472',
  },
  {
    name: 'an answer that the server limits',
    history: 'u482 a500 u500 a200 u10',
    wishes: { window: { contextTokens: 2_000, answerTokens: 484, maxOutputTokens: 100 } },
    is: 'u a u a u | from 1 | first | 1720 of 1884',
  },
  {
    name: 'evict to three quarters',
    history: 'u200 a300 u200 a300 u200 a261 u2',
    wishes: { low: 0.75 },
    is: 'u a u a u | from 3 | first | 991 of 1500',
  },
  {
    name: 'evict to a third',
    history: 'u200 a300 u200 a300 u200 a261 u2',
    wishes: { low: 0.3 },
    is: 'u a u | from 5 | first | 481 of 1500',
  },
  {
    name: 'no eviction where a caller forbids it',
    history: 'u200 a300 u200 a300 u200 a261 u2',
    wishes: { isAutomatic: false },
    is: 'window-too-small: 1501 of 2000',
  },
  {
    name: 'a caller that forbids it has no trouble while there is room',
    history: 'u100 a100 u100',
    wishes: { isAutomatic: false },
    is: 'u a u | from 1 | first | 318 of 1500',
  },
  {
    name: 'a result in an earlier unit becomes its marker',
    history: 'u100 c1 t900 a50 u600',
    is: 'u a t~ a u | from 1 | first | 800 of 1500 | tool-result 900>10',
  },
  {
    name: 'results of earlier units go oldest first, only as far as needed',
    history: 'u50 c2 t400 t400 a50 u700',
    is: 'u a t~ t a u | from 1 | first | 1267 of 1500 | tool-result 400>10',
  },
  {
    name: 'a small result stays: its marker is no shorter',
    history: 'u50 c2 t5 t900 a50 u700',
    is: 'u a t t~ a u | from 1 | first | 872 of 1500 | tool-result 900>10',
  },
  {
    name: 'recalled text: only the best line stays',
    history: 'u400 a400 u400',
    wishes: { recall: [150, 150] },
    is: 'u a bu | from 1 | first | 1398 of 1500 | recall 330>180',
  },
  {
    name: 'recalled text goes before an answer is shortened',
    history: 'u400 a400 u680',
    wishes: { recall: [60] },
    is: 'u a u | from 1 | first | 1498 of 1500 | recall 90>0',
  },
  {
    name: 'recalled text that was sent before is dropped as a whole',
    history: 'u400 a400 u480',
    wishes: { stored: 300 },
    is: 'u a bu | from 1 | first | 1311 of 1500 | recall 300>13',
  },
  {
    name: 'recalled text stays where there is room',
    history: 'u100 a100 u100',
    wishes: { recall: [50, 60] },
    is: 'u a bu | from 1 | first | 459 of 1500',
  },
  {
    name: 'summaries: only the highest level stays',
    history: 'u300 a300 u730',
    wishes: {
      state: state({ firstSeq: 9 }),
      hasChanged: true,
      summaries: () => [summary(1, 4, 60), summary(5, 6, 60, 1)],
      recall: [],
      units: inputOf('u300 a300 u730', {}).units.map((unit) => ({ ...unit, firstSeq: unit.firstSeq + 8 })),
    },
    is: 's u a u | from 9 | changed | 1443 of 1500 | summaries 159>90',
  },
  {
    name: 'an answer keeps both ends',
    history: 'u100 a900 u600',
    is: 'u a~ u | from 1 | first | 845 of 1500 | answer 900>127',
  },
  {
    name: 'answers are shortened oldest first, only as far as needed',
    history: 'u100 a600 a600 u600',
    is: 'u a~ a u | from 1 | first | 1450 of 1500 | answer 600>127',
  },
  {
    name: 'an answer of up to 120 tokens is never shortened: its unit goes',
    history: 'u400 a100 u1050',
    is: 'u | from 3 | first | 1058 of 1500 | unit 510>0',
  },
  {
    name: 'the remaining earlier unit goes at last',
    history: 'u700 a100 u1300',
    is: 'u | from 3 | first | 1308 of 1500 | unit 810>0',
  },
  {
    name: 'a current result becomes its marker',
    history: 'u100 c1 t1600',
    is: 'u a t~ | from 1 | first | 141 of 1500 | current-result 1600>11',
  },
  {
    name: 'current results go oldest first',
    history: 'u100 c1 t900 c1 t900',
    is: 'u a t~ a t | from 1 | first | 1062 of 1500 | current-result 900>10',
  },
  {
    name: 'current results go down to three quarters, so that the next steps have room',
    history: 'u100 c1 t400 c1 t400 c1 t300 c1 t400',
    is: 'u a t~ a t~ a t a t | from 1 | first | 916 of 1500 | current-result 400>10 | current-result 400>10',
  },
  {
    name: 'the newest current result goes last',
    history: 'u100 c1 t300 c1 t1400',
    is: 'u a t~ a t~ | from 1 | first | 173 of 1500 | current-result 300>10 | current-result 1400>11',
  },
  {
    name: 'a current result that fits stays whole',
    history: 'u100 c1 t1300',
    is: 'u a t | from 1 | first | 1430 of 1500',
  },
  {
    name: 'earlier things go before current ones',
    history: 'u100 a400 u100 c1 t1200',
    is: 'u a t | from 3 | first | 1330 of 1500 | answer 400>127 | unit 237>0',
  },
  {
    name: 'a current text too long keeps both ends',
    history: 'u3000',
    is: 'u~ | from 1 | first | 1176 of 1500 | current-text 3000>1168',
  },
  {
    name: 'a current text of a hundred windows',
    history: 'u200000',
    is: 'u~ | from 1 | first | 1176 of 1500 | current-text 200000>1168',
  },
  {
    name: 'a current text behind an earlier unit: the unit goes first',
    history: 'u100 a100 u3000',
    is: 'u~ | from 3 | first | 1176 of 1500 | unit 210>0 | current-text 3000>1168',
  },
  {
    name: 'a current text with results: the results go first',
    history: 'u1300 c1 t400',
    is: 'u a t~ | from 1 | first | 1340 of 1500 | current-result 400>10',
  },
  {
    name: 'pins stay where a shorter text is enough',
    history: 'u3000',
    wishes: { pins: [pin(1, 50), pin(2, 60, 'fact')] },
    is: 's u~ | from 1 | first | 1201 of 1500 | current-text 3000>1067',
  },
  {
    name: 'pins that are no instructions go last',
    history: 'u3000',
    wishes: { systemTokens: 1_330, pins: [pin(1, 20), pin(2, 100, 'fact')] },
    is: 's u~ | from 1 | first | 1454 of 1500 | current-text 3000>71 | pins 132>40',
  },
  {
    name: 'pins stay with a short text',
    history: 'u100',
    wishes: { pins: [pin(1, 50), pin(2, 60, 'fact')] },
    is: 's u | from 1 | first | 234 of 1500',
  },
  {
    name: 'pins beyond an eighth are counted, instructions come first',
    history: 'u100',
    wishes: { pins: [pin(1, 90), pin(2, 60, 'fact'), pin(3, 60, 'fact'), pin(4, 60)] },
    is: 's u | from 1 | first | 284 of 1500',
  },
  {
    name: 'newer instructions come before older ones',
    history: 'u100',
    wishes: { pins: [pin(1, 100), pin(2, 100), pin(3, 100)] },
    is: 's u | from 1 | first | 233 of 1500',
  },
  {
    name: 'steps of a long turn go where calls alone are too many',
    history: 'u10 c3 t10 t10 t10 c3 t10 t10 t10 c3 t10 t10 t10 a5',
    wishes: { window: { contextTokens: 420, answerTokens: 200 } },
    is: 'u~ a t t t a | from 1 | first | 127 of 204 | current-step 284>210 | current-step 210>124',
  },
  { name: 'an image counts as given', history: 'i1000', is: 'u | from 1 | first | 1018 of 1500' },
  { name: 'an image that does not fit', history: 'i1600', is: 'window-too-small: 1618 of 2000' },
  {
    name: 'an image in an earlier unit leaves with it',
    history: 'i700 a100 u100 a100 u700',
    is: 'u a u | from 3 | first | 918 of 1500',
  },
  {
    name: 'a system prompt larger than the window',
    history: 'u100',
    wishes: { systemTokens: 2_500 },
    is: 'window-too-small: 2572 of 2000',
  },
  {
    name: 'a system prompt that leaves 64 tokens',
    history: 'u100',
    wishes: { systemTokens: 1_380 },
    is: 's u | from 1 | first | 1493 of 1500',
  },
  {
    name: 'a system prompt that leaves less than 64 tokens of the text',
    history: 'u100',
    wishes: { systemTokens: 1_450 },
    is: 'window-too-small: 1522 of 2000',
  },
  {
    name: 'a short text needs less than 64 tokens',
    history: 'u10',
    wishes: { systemTokens: 1_450 },
    is: 's u | from 1 | first | 1473 of 1500',
  },
  {
    name: 'tools larger than the window',
    history: 'u100',
    wishes: { toolTokens: 1_600 },
    is: 'window-too-small: 1667 of 2000',
  },
  {
    name: 'inside an epoch there is no change',
    history: 'u100 a100 u100',
    wishes: { state: state() },
    is: 'u a u | from 1 | same | 318 of 1500',
  },
  {
    name: 'inside an epoch the first place holds',
    history: 'u100 a100 u100 a100 u100',
    wishes: { state: state({ firstSeq: 3 }) },
    is: 'u a u | from 3 | same | 318 of 1500',
  },
  {
    name: 'inside an epoch cuts stay',
    history: 'u100 a900 u100',
    wishes: { state: state({ cuts: new Map([[2, { keep: 'ends', head: 40, tail: 40, leftTokens: 880 }]]) }) },
    is: 'u a~ u | from 1 | same | 245 of 1500',
  },
  {
    name: 'inside an epoch the old system prompt stays',
    history: 'u100',
    wishes: { state: state({ system: piece('old') }), systemTokens: 200 },
    is: 's u | from 1 | same | 114 of 1500',
  },
  {
    name: 'inside an epoch new pins wait',
    history: 'u100',
    wishes: { state: state(), pins: [pin(1, 50)] },
    is: 'u | from 1 | same | 108 of 1500',
  },
  {
    name: 'what was removed begins an epoch',
    history: 'u100 a100 u100',
    wishes: { state: state({ firstSeq: 1 }), hasChanged: true, pins: [pin(1, 50)] },
    is: 's u a u | from 1 | changed | 384 of 1500',
  },
  {
    name: 'an epoch that begins keeps cuts of what stays',
    history: 'u600 a500 u200 a900 u250 a10 u200',
    wishes: { state: state({ cuts: new Map([[4, { keep: 'ends', head: 40, tail: 40, leftTokens: 880 }]]) }) },
    is: 'u a~ u a u | from 3 | over-budget | 715 of 1500',
  },
  {
    name: 'summaries of what left come at the beginning of an epoch',
    history: 'u400 a400 u100 a100 u600',
    wishes: { summaries: (first) => [summary(1, 2, 50)].filter(({ toSeq }) => toSeq < first) },
    is: 's u a u | from 3 | first | 903 of 1500',
  },
  {
    name: 'summaries take an eighth at most, the highest level first',
    history: 'u400 a400 u100 a100 u600',
    wishes: { summaries: () => [summary(1, 1, 90), summary(2, 2, 90, 1)] },
    is: 's u a u | from 3 | first | 943 of 1500',
  },
  {
    name: 'a refusal caps the budget',
    history: 'u300 a300 u100 a100 u200',
    wishes: { state: state(), budgetCap: 700, isRetry: true },
    is: 'u a u | from 3 | over-budget | 418 of 700',
  },
  {
    name: 'a refusal that frees next to nothing is an error',
    history: 'u5 u690',
    wishes: { state: state(), budgetCap: 700, isRetry: true },
    is: 'window-too-small: 698 of 2000',
  },
  { name: 'a budget of nothing', history: 'u10', wishes: { budgetCap: 0 }, is: 'window-too-small: 13 of 2000' },
  {
    name: 'a call without its result gets one that says so',
    history: 'u100 c1 u100',
    is: 'u a t u | from 1 | first | 245 of 1500',
  },
  {
    name: 'a result without its call is left out',
    history: 'u100 t50 a10 u100',
    is: 'u a u | from 1 | first | 228 of 1500',
  },
];

describe('a window of 1,500 tokens', () => {
  it.each(rows)('$name', ({ history, wishes = {}, is }) => {
    expect(outcome(history, wishes)).toBe(is);
  });
});

function outcome(history: string, wishes: Wishes): string {
  try {
    const input = inputOf(history, wishes);
    const plan = fitWindow(input);
    const { messages } = renderWindow(plan.draft);
    expect(plan.totalTokens).toBeLessThanOrEqual(plan.budgetTokens);
    const steps = plan.steps.map(({ what, toTokens, fromTokens }) => `${what} ${fromTokens}>${toTokens}`);
    return [
      layoutOf(messages, plan.draft.block),
      `from ${plan.draft.firstSeq}`,
      plan.epochReason ?? 'same',
      `${plan.totalTokens} of ${plan.budgetTokens}`,
      ...steps,
    ].join(' | ');
  } catch (error) {
    if (!ContextError.isInstance(error)) throw error;
    return `${error.code}: ${error.needTokens} of ${error.windowTokens}`;
  }
}
