// Goal G9: how far the estimate of a model's memory is off, before its first load and once it was loaded three times; and whether more is
// ever held than allowed in a random run.
import { estimateNeedBytes } from '@tale/model-pool';
import { startFakeOllama } from '@tale/model-pool/testing';
import { modelOf, openPool } from './pools.mjs';
import { randomRun } from './random-run.mjs';
import { figure, flags, rounded } from './report.mjs';
import { seededRandom } from './sampling.mjs';

// What models of the ladder hold: resident memory of the runner of Ollama 0.17.4 on a processor (Linux x64, one slot, f16 cache) after
// one token, kB. Files of their real shapes and quantisations (Q4_K_M), whose weights are zeros but for qwen2.5:0.5b.
const measured = [];

/** How far an estimate is off, as a share. */
const errorOf = (estimateBytes, heldBytes) => Math.abs(estimateBytes - heldBytes) / heldBytes;

function measureCold() {
  const errors = measured.map(({ model, fileBytes, kvBytesPerToken, contextTokens, residentKilobytes }) => {
    const needBytes = estimateNeedBytes({ bytes: fileBytes, kvBytesPerToken }, contextTokens);
    return [`${model} ${contextTokens}`, rounded(100 * errorOf(needBytes, residentKilobytes * 1024))];
  });
  const worst = Math.max(...errors.map(([, error]) => error));
  const facts = { n: errors.length, errors: Object.fromEntries(errors) };
  return figure('G9.1', 'estimate before the first load, worst error', 15, worst, '%', facts);
}

/** Loads a model three times, which holds one per cent more or less each time, and then once more. */
async function errorAfterLoads(seed) {
  const random = seededRandom(seed);
  let heldBytes = 0;
  const large = {
    model: 'large:8b',
    bytes: 5e9,
    get memoryBytes() {
      heldBytes = Math.round(6e9 * (0.99 + 0.02 * random()));
      return heldBytes;
    },
  };
  const fake = await startFakeOllama({ models: [large] });
  const models = { large: modelOf('large:8b') };
  const pool = openPool(fake.url, { models, roles: { planning: { candidates: ['large'] } }, memory: { budget: 16e9 } });
  try {
    for (let load = 0; load < 3; load++) {
      await pool.load('large');
      await pool.unload('large');
    }
    const { needBytes } = pool.status().models[0];
    await pool.load('large');
    return errorOf(needBytes, heldBytes);
  } finally {
    await pool.close();
    await fake.close();
  }
}

async function measureLearnt() {
  const errors = [];
  for (let seed = 1; seed <= 20; seed++) errors.push(await errorAfterLoads(seed));
  const what = 'estimate after 3 loads that differ by 1 %, worst error';
  return figure('G9.2', what, 5, 100 * Math.max(...errors), '%', { n: errors.length });
}

async function measureBudget() {
  const steps = flags.quick ? 150 : 1_000;
  const { over, most, budget } = await randomRun(steps);
  const facts = { op: '==', n: steps, mostShareOfBudget: rounded(most / budget) };
  return figure('G9.3', 'steps of a random run after which more was held than allowed', 0, over, 'steps', facts);
}

export const parts = [
  { goals: ['G9'], measure: async () => [measureCold(), await measureLearnt(), await measureBudget()] },
];
