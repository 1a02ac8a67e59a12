// Goals G5 and G6: many callers of an absent model cause one load; a person does not notice that another model loads or streams. The fake
// has slots of their own for each model, so that what would be noticed is the pool's doing.
import { setTimeout as sleep } from 'node:timers/promises';
import { forkFake } from './fake.mjs';
import { modelOf, openPool, startPool } from './pools.mjs';
import { figure, flags, rounded } from './report.mjs';
import { at } from './sampling.mjs';

const models = { small: modelOf('small:1b'), large: modelOf('large:8b') };
const roles = { ux: { candidates: ['small'] }, planning: { candidates: ['large'] } };
const [rounds, calls] = flags.quick ? [2, 12] : [6, 25];
const callers = 100;

async function withPool(argv, run) {
  const fake = await forkFake('--model', 'small:1b', '--model', 'large:8b=5000000000', ...argv);
  const pool = openPool(fake.url, { models, roles });
  try {
    return await run(pool, fake);
  } finally {
    await pool.close();
    await fake.close();
  }
}

function measureColdCallers() {
  return withPool(['--load-ms', '200'], async (pool, { order }) => {
    const loads = [];
    for (let round = 0; round < rounds; round++) {
      const before = (await order('state')).loads['large:8b'] ?? 0;
      const answers = Array.from({ length: callers }, () => pool.generate({ role: 'planning', prompt: '[tokens=1]' }));
      await Promise.all(answers);
      loads.push((await order('state')).loads['large:8b'] - before);
      await pool.unload('large');
    }
    return [
      figure('G5.1', '100 callers of an absent model, loads', 1, Math.max(...loads), 'loads', { op: '==', n: rounds }),
    ];
  });
}

/** So many calls of a person, one after the other, ms each. */
async function callsOfPerson(pool) {
  const durations = [];
  for (let call = 0; call < calls; call++) {
    const startMs = performance.now();
    await pool.generate({ role: 'ux', prompt: 'Are you there? [tokens=20][rate=400]' });
    durations.push(performance.now() - startMs);
  }
  return durations;
}

/** The same beside a planning call that goes on for as long. */
async function besideWork(pool, prompt, hasBegun) {
  const controller = new AbortController();
  const work = pool.generate({ role: 'planning', prompt, signal: controller.signal }).catch((error) => error.code);
  while (!(await hasBegun())) await sleep(5);
  const durations = await callsOfPerson(pool);
  controller.abort();
  if ((await work) !== 'aborted') throw new Error('the work was over before the calls were');
  return durations;
}

function measureHeadOfLine() {
  return withPool([], async (pool, { order }) => {
    const large = () => pool.status().models.find(({ name }) => name === 'large');
    const isStreaming = async () => (await order('state')).slots['large:8b'] === 1;
    await startPool(pool);
    await callsOfPerson(pool);
    const [idle, loading, streaming] = [[], [], []];
    for (let round = 0; round < rounds; round++) {
      idle.push(...(await callsOfPerson(pool)));
      await order('faults', { faults: [{ kind: 'load-stall', model: 'large:8b' }] });
      loading.push(...(await besideWork(pool, 'Plan.', () => large().state === 'loading')));
      await order('faults', { faults: [] });
      streaming.push(...(await besideWork(pool, 'Plan. [tokens=8000][rate=50]', isStreaming)));
      await pool.unload('large');
    }
    const idleMs = at(idle, 0.95);
    const ratio = (id, what, values) => {
      const peer = { name: 'nothing else going on', value: rounded(idleMs) };
      const facts = { n: rounds * calls, ours: rounded(at(values, 0.95)), peer };
      return figure(id, what, 1.1, at(values, 0.95) / idleMs, '× idle', facts);
    };
    return [
      ratio('G6.1', 'calls of ux while a planning model loads, p95', loading),
      ratio('G6.2', 'calls of ux while a planning model streams, p95', streaming),
    ];
  });
}

export const parts = [
  { goals: ['G5'], measure: measureColdCallers },
  { goals: ['G6'], measure: measureHeadOfLine },
];
