import type { Role } from '../calls.js';
import { sourceOfRank, weakerSource, weakestRank } from './counts.js';
import type { Script, TaskUsage } from './types.js';

/** Below SQLite's limit of parameters in one statement. */
const mostIds = 30_000;

/** Tokens of tasks so far, by id, with an entry for every id; one query for up to 30,000 ids. */
export function* taskUsagesScript(taskIds: readonly string[]): Script<Map<string, TaskUsage>> {
  const usages = new Map(taskIds.map((taskId) => [taskId, noUsage()]));
  const ids = [...usages.keys()];
  for (let start = 0; start < ids.length; start += mostIds) {
    const chunk = ids.slice(start, start + mostIds);
    const rows = yield {
      sql: `SELECT task_id, model, role, sum(in_tok) AS in_tok, sum(out_tok) AS out_tok, count(*) AS calls, ${weakestRank} AS weakest
        FROM tokens_calls WHERE task_id IN (${chunk.map(() => '?').join(', ')}) AND status <> 'open'
        GROUP BY task_id, model, role ORDER BY task_id, sum(in_tok + out_tok) DESC, model, role`,
      parameters: chunk,
    };
    for (const row of rows) {
      const usage = usages.get(row.task_id as string);
      if (!usage) continue;
      const sums = { inputTokens: Number(row.in_tok), outputTokens: Number(row.out_tok), calls: Number(row.calls) };
      usage.byModel.push({ model: row.model as string, role: row.role as Role, ...sums });
      usage.inputTokens += sums.inputTokens;
      usage.outputTokens += sums.outputTokens;
      usage.calls += sums.calls;
      usage.source = weakerSource(usage.source, sourceOfRank(Number(row.weakest)));
    }
  }
  return usages;
}

/** Tokens of one task so far; zeros for a task without calls. */
export function* taskUsageScript(taskId: string): Script<TaskUsage> {
  const usages = yield* taskUsagesScript([taskId]);
  return usages.get(taskId) ?? noUsage();
}

function noUsage(): TaskUsage {
  return { inputTokens: 0, outputTokens: 0, calls: 0, source: 'reported', byModel: [] };
}
