// The figures of the goals G1 to G11, in the format tale-bench/1; one after the other, so that none disturbs another.
// Options: those of report.mjs.
import { parts as aborts } from './aborts.mjs';
import { parts as call } from './call.mjs';
import { parts as concurrency } from './concurrency.mjs';
import { parts as decisions } from './decisions.mjs';
import { parts as faults } from './faults.mjs';
import { parts as hop } from './hop.mjs';
import { parts as loads } from './loads.mjs';
import { parts as memory } from './memory.mjs';
import { parts as recovery } from './recovery.mjs';
import { figure, isWanted, report } from './report.mjs';

/** What stands for figures that could not be taken because of an error: they do not hold. */
function failed(goal, error) {
  return { ...figure(goal, 'all of its figures', null, null, '', { reason: String(error) }), holds: false };
}

const figures = [];
for (const { goals, measure } of [call, concurrency, hop, loads, aborts, recovery, memory, decisions, faults].flat()) {
  if (!goals.some(isWanted)) continue;
  const startMs = performance.now();
  try {
    figures.push(...(await measure()));
  } catch (error) {
    console.error(error);
    figures.push(...goals.map((goal) => failed(goal, error)));
  }
  console.error(`${goals.join(', ')}: ${((performance.now() - startMs) / 1_000).toFixed(1)} s`);
}
report(
  '@tale/model-pool',
  figures.toSorted((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true })),
);
