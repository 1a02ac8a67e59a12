import type { Figures, Sample } from './bootstrap.js';
import type { QueryData, SetManifest } from './data-schemas.js';
import type { RecallReport, ReportValue } from './report-schema.js';

/** Sizes of what recall may return that are measured, tokens. */
export const tokenBudgets = [600, 1_200, 2_000, 4_000] as const;

/** What a question found: messages in their order, and those inside each number of tokens. */
export interface Answered {
  readonly query: QueryData;
  /** Ids of messages, the best first; a memory or summary stands for the messages that it names. */
  readonly ranking: readonly (readonly string[])[];
  readonly inTokens: Readonly<Record<(typeof tokenBudgets)[number], ReadonlySet<string>>>;
}

/** Share of the evidence among messages. */
export function shareOf(evidence: readonly string[], found: ReadonlySet<string>): number {
  const wanted = new Set(evidence);
  return wanted.size === 0 ? 0 : [...wanted].filter((id) => found.has(id)).length / wanted.size;
}

/** Figures of recall over questions that have evidence. */
export function recallReport(answered: readonly Answered[], manifest: SetManifest, figures: Figures): RecallReport {
  const rows = answered.filter(({ query }) => query.evidence.length > 0);
  const facts = rows.filter(({ query }) => manifest.factTypes.includes(query.type));
  const mean = (list: readonly Answered[], measure: (row: Answered) => number): ReportValue =>
    figures.mean(list.map((row): Sample => ({ conversation: row.query.conversation, value: measure(row) })));
  const among = (count: number) => (row: Answered) =>
    shareOf(row.query.evidence, new Set(row.ranking.slice(0, count).flat()));
  const any = (row: Answered) => (among(10)(row) > 0 ? 1 : 0);
  const within = (budget: (typeof tokenBudgets)[number]) => (row: Answered) =>
    shareOf(row.query.evidence, row.inTokens[budget]);
  return {
    r5: mean(rows, among(5)),
    r10: mean(rows, among(10)),
    r20: mean(rows, among(20)),
    any10: mean(rows, any),
    mrr: mean(rows, firstRank),
    inTokens: {
      '600': mean(rows, within(600)),
      '1200': mean(rows, within(1_200)),
      '2000': mean(rows, within(2_000)),
      '4000': mean(rows, within(4_000)),
    },
    facts: { r10: mean(facts, among(10)), any10: mean(facts, any), inTokens2000: mean(facts, within(2_000)) },
  };
}

/** Chance that a value of the first list is above one of the second, ties half. */
export function areaUnderCurve(above: readonly number[], below: readonly number[]): number {
  let sum = 0;
  for (const one of above) for (const other of below) sum += one > other ? 1 : one === other ? 0.5 : 0;
  return sum / (above.length * below.length);
}

/** The value below which a share of a list lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((first, second) => first - second);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

function firstRank({ query, ranking }: Answered): number {
  const place = ranking.findIndex((ids) => ids.some((id) => query.evidence.includes(id)));
  return place < 0 ? 0 : 1 / (place + 1);
}
