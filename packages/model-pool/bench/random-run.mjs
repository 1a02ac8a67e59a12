// A pool with two servers under a budget that does not hold all of its models, and a thousand random steps: calls, aborts, loads and unloads
// by hand, models taken out by others, a server that loses its memory. One model belongs to nobody here and stays.
import { setTimeout as sleep } from 'node:timers/promises';
import { startFakeOllama } from '@tale/model-pool/testing';
import { openPool } from './pools.mjs';
import { seededRandom } from './sampling.mjs';

const [budgetBytes, contextTokens] = [12e9, 8192];
const gigabytes = {
  first: { 'small:1b': 1, 'medium:3b': 2.5, 'large:8b': 5 },
  second: { 'wide:7b': 4.5, 'deep:14b': 7, 'stranger:1b': 1 },
};
const serverNames = Object.keys(gigabytes);
const ours = serverNames
  .flatMap((server) => Object.keys(gigabytes[server]).map((model) => ({ server, model })))
  .filter(({ model }) => model !== 'stranger:1b');
const nameOf = (model) => model.split(':')[0];

/** A server, and what its models really hold: somewhat more than their files. */
async function startServer(name, random) {
  const models = Object.entries(gigabytes[name]).map(([model, size]) => {
    const bytes = size * 1e9;
    return { model, bytes, memoryBytes: Math.round(bytes * (1.02 + 0.06 * random())) };
  });
  const timing = { loadMs: 3, tokens: 3, jitter: 0.5 };
  const fake = await startFakeOllama({ models, timing, maxModels: models.length, seed: name.length });
  return { fake, sizes: new Map(models.map(({ model, memoryBytes }) => [model, memoryBytes])) };
}

/** What is in the memory of a server, and what it loads at this moment, bytes. */
function heldBytes({ fake, sizes }) {
  const isLoad = ({ body, end, method }) =>
    method === 'POST' && end === 'open' && body?.keep_alive !== 0 && !body?.prompt && !body?.messages?.length;
  const loading = fake.log.slice(-100).filter((entry) => isLoad(entry) && sizes.has(entry.body?.model));
  const models = new Set([...fake.resident(), ...loading.map(({ body }) => body)].map(({ model }) => model));
  return [...models].reduce((sum, model) => sum + sizes.get(model), 0);
}

let running = null;

/** Makes the run, once: how many steps there were, after how many of them more was held than allowed, and what was decided. */
export function randomRun(steps, seed = 1) {
  running ??= run(steps, seed);
  return running;
}

async function run(steps, seed) {
  const random = seededRandom(seed);
  const servers = {};
  for (const name of serverNames) servers[name] = await startServer(name, random);
  await servers.second.fake.reload('stranger:1b', contextTokens);
  const pool = openPool('', {
    backends: Object.fromEntries(serverNames.map((name) => [name, { kind: 'ollama', url: servers[name].fake.url }])),
    models: Object.fromEntries(
      ours.map(({ server, model }) => [nameOf(model), { backend: server, model, contextTokens, slots: 2 }]),
    ),
    roles: {
      ux: { candidates: ['small'] },
      planning: { candidates: ours.filter(({ model }) => model !== 'small:1b').map(({ model }) => nameOf(model)) },
    },
    memory: { budget: budgetBytes },
    residency: { busyMs: 20, idleMs: 20 },
    health: { canaryMs: 200 },
    random,
  });
  const decisions = [];
  pool.subscribe((event) => {
    if (event.type === 'decision') decisions.push(event);
  });
  const pick = (items) => items[Math.floor(random() * items.length)];
  const anyOfOurs = () => nameOf(pick(ours).model);
  const plan = (more) => pool.generate({ role: 'planning', prompt: 'Plan.', preferredModel: anyOfOurs(), ...more });
  const actions = [
    () => pool.generate({ role: 'ux', prompt: 'Hi.' }),
    plan,
    plan,
    () => plan({ signal: AbortSignal.timeout(1 + Math.floor(random() * 10)) }),
    () => pool.load(anyOfOurs()),
    () => pool.unload(anyOfOurs()),
    () => {
      const { server, model } = pick(ours);
      servers[server].fake.evict(model);
    },
    () => random() < 0.1 && servers.first.fake.restart(5),
  ];
  await pool.start();
  let [over, most] = [0, 0];
  const open = [];
  for (let step = 0; step < steps; step++) {
    open.push(Promise.resolve(pick(actions)()).catch(() => {}));
    await (random() < 0.5 ? open.at(-1) : sleep(random() * 4));
    const bytes = serverNames.reduce((sum, name) => sum + heldBytes(servers[name]), 0);
    most = Math.max(most, bytes);
    if (bytes > budgetBytes) over++;
  }
  await Promise.all(open);
  await pool.close();
  for (const name of serverNames) await servers[name].fake.close();
  return { over, most, budget: budgetBytes, decisions };
}
