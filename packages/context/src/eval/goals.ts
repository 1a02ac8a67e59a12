import type { ContextReport, ReportValue, SetReport } from './report-schema.js';

type Goal = ContextReport['goals'][number];
type Part = Goal['parts'][number];

/** Goals that tests and measurements of the package judge, and where. */
const elsewhere: Readonly<Record<string, string>> = {
  C6: 'bench: time of a fit',
  C7: 'bench: time of append and recall',
  C8: 'bench: size of the index',
  C9: 'test: kill in mid-stream',
  C10: 'test: canary after forget',
  C11: 'test: written questions',
  C12: 'test: invented facts in summaries',
};

/** What the goals are judged by. */
export interface GoalInput {
  readonly sets: Readonly<Record<string, SetReport>>;
  /** Sets whose conversations are those of a user and an assistant with standing instructions: most targets are theirs. */
  readonly assistantSets: ReadonlySet<string>;
  /** r@10 on the other database by set, `null` where only one ran. */
  readonly otherStore: Readonly<Record<string, ReportValue>> | null;
}

/** Judges a report. A goal without a measured part has not run. */
export function judgeGoals({ sets, assistantSets, otherStore }: GoalInput): Goal[] {
  const entries = Object.entries(sets);
  const ofAssistants = entries.filter(([name]) => assistantSets.has(name));
  const windows = entries.flatMap(([name, { window }]) =>
    window.map((one) => [`sets.${name}.window.${one.windowTokens}`, one] as const),
  );
  const sized = (size: number) => windows.filter(([, { windowTokens }]) => windowTokens === size);
  const atMost = (path: string, target: number, value: ReportValue): Part => ({ path, op: '<=', target, value });
  const atLeast = (path: string, target: number, value: ReportValue): Part => ({ path, op: '>=', target, value });
  return [
    goal(
      'C1',
      windows.flatMap(([path, one]) => [
        atMost(`${path}.overflows`, 0, one.overflows),
        atMost(`${path}.toolPairsBroken`, 0, one.toolPairsBroken),
      ]),
    ),
    goal('C2', [
      ...sized(8_192).map(([path, one]) => atMost(`${path}.evaluatedShare`, 0.13, one.evaluatedShare)),
      ...sized(32_768).map(([path, one]) => atMost(`${path}.evaluatedShare`, 0.05, one.evaluatedShare)),
      ...windows.map(([path, one]) => atMost(`${path}.prefixBreaks`, 0, one.prefixBreaks)),
    ]),
    goal('C3', [
      ...ofAssistants.flatMap(([name, { recall }]) => [
        atLeast(`sets.${name}.recall.own.r10`, 0.6, recall.own.r10),
        atLeast(`sets.${name}.recall.own.facts.r10`, 0.83, recall.own.facts.r10),
        atLeast(`sets.${name}.recall.own.facts.inTokens2000`, 0.88, recall.own.facts.inTokens2000),
        atLeast(`sets.${name}.recall.pooled.facts.r10`, 0.8, recall.pooled.facts.r10),
      ]),
      ...entries.map(([name, { recall }]) =>
        atLeast(`sets.${name}.recall.own.r10 - baseline`, -0.02, difference(recall.own.r10, recall.baseline.r10)),
      ),
    ]),
    goal(
      'C4',
      sized(8_192).flatMap(([path, one]) => [
        atLeast(`${path}.seen`, 0.75, one.seen),
        atLeast(`${path}.seenFacts`, 0.86, one.seenFacts),
        atLeast(`${path}.seenPins`, 0.9, one.seenPins),
      ]),
    ),
    goal(
      'C5',
      entries.flatMap(([name, { gate }]) => [
        atLeast(`sets.${name}.gate.ownKept`, assistantSets.has(name) ? 0.95 : 0.7, gate.ownKept),
        atMost(`sets.${name}.gate.otherKept`, 0.3, gate.otherKept),
      ]),
    ),
    ...Object.entries(elsewhere).map(([id, reason]): Goal => ({ id, status: 'not-run', reason, parts: [] })),
    goal(
      'C13',
      otherStore === null
        ? []
        : entries.map(([name, { recall }]) => {
            const value = difference(recall.own.r10, otherStore[name]!);
            return atMost(`sets.${name}.recall.own.r10, other database`, 0.01, {
              ...value,
              value: value.value === null ? null : Math.abs(value.value),
            });
          }),
    ),
  ];
}

function goal(id: string, parts: readonly Part[]): Goal {
  const measured = parts.filter(({ value }) => value.value !== null);
  if (measured.length === 0)
    return {
      id,
      status: 'not-run',
      reason: id === 'C13' ? 'only one database ran' : 'nothing was measured',
      parts: [...parts],
    };
  const failed = measured.filter(
    ({ op, target, value }) => !(op === '<=' ? value.value! <= target : value.value! >= target),
  );
  const reason = failed
    .map(({ path, op, target, value }) => `${path} = ${value.value}, not ${op} ${target}`)
    .join('; ');
  return { id, status: failed.length === 0 ? 'pass' : 'fail', reason, parts: [...parts] };
}

function difference(one: ReportValue, other: ReportValue): ReportValue {
  const value = one.value === null || other.value === null ? null : Math.round((one.value - other.value) * 1e4) / 1e4;
  return { value, ci: null, n: one.n, unit: one.unit };
}
