import { z } from 'zod';

const value = z.object({
  value: z.number().nullable(),
  ci: z.tuple([z.number(), z.number()]).nullable(),
  n: z.number().int().min(0),
  unit: z.string(),
  reason: z.string().optional(),
});
const inTokens = z.object({ '600': value, '1200': value, '2000': value, '4000': value });
const recall = z.object({
  r5: value,
  r10: value,
  r20: value,
  any10: value,
  mrr: value,
  inTokens,
  facts: z.object({ r10: value, any10: value, inTokens2000: value }),
});
const window = z.object({
  windowTokens: z.number().int(),
  fits: z.number().int(),
  overflows: value,
  evaluatedShare: value,
  evaluatedP95: value,
  evictionsPer100: value,
  prefixBreaks: value,
  toolPairsBroken: value,
  seen: value,
  seenFacts: value,
  seenPins: value,
});
const latency = z.object({ p50: value, p95: value, p99: value });

const report = z.object({
  format: z.literal('tale-context-report/1'),
  package: z.object({ name: z.string(), version: z.string() }),
  run: z.object({
    startedAt: z.string(),
    durationMs: z.number(),
    node: z.string(),
    cpus: z.number(),
    rssPeakMb: z.number(),
  }),
  settings: z.object({
    store: z.enum(['sqlite', 'postgres']),
    embed: z.string().nullable(),
    weights: z.record(z.string(), z.number()),
    bootstrap: z.number().int(),
  }),
  data: z.object({
    sha256: z.string(),
    files: z.array(z.object({ file: z.string(), rows: z.number().int(), skipped: z.number().int() })),
  }),
  sets: z.record(
    z.string(),
    z.object({
      conversations: z.number().int(),
      messages: z.number().int(),
      queries: z.number().int(),
      recall: z.object({ own: recall, pooled: recall, baseline: recall, byType: z.record(z.string(), recall) }),
      pins: z.object({ marked: value, tokensPerConversation: value, covered: value }),
      gate: z.object({ ownKept: value, otherKept: value, auc: value, abstainAuc: value }),
      window: z.array(window),
    }),
  ),
  latency: z.object({ append: latency, recallOwn: latency, recallPooled: latency, fit: latency, delete: latency }),
  goals: z.array(
    z.object({
      id: z.string(),
      status: z.enum(['pass', 'fail', 'not-run']),
      reason: z.string(),
      parts: z.array(z.object({ path: z.string(), op: z.enum(['<=', '>=']), target: z.number(), value })),
    }),
  ),
});

/** A report of the evaluation command. */
export type ContextReport = z.infer<typeof report>;

/** Checks the report of the evaluation command, one line of JSON: `tale-context-report/1`. */
export const ContextReportSchema: z.ZodType<ContextReport> = report;

/** A figure with its interval: 95 %, by bootstrap over conversations. */
export type ReportValue = z.infer<typeof value>;
/** Figures of recall. */
export type RecallReport = z.infer<typeof recall>;
/** Figures of windows of one size. */
export type WindowReport = z.infer<typeof window>;
/** What a set measures. */
export type SetReport = ContextReport['sets'][string];
