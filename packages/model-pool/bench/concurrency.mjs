// Goal G2: what the pool adds to the slowest calls while many are in flight. Arrivals are open-loop: they come when they come, whether or
// not earlier calls are over, and a call's time counts from then. The fake reads each prompt for 250 ms and then writes 20 pieces at once.
// Both arms have the same arrivals, in short windows by turns; what counts is the median of the windows' differences. A point is dropped
// where the peer alone is far slower than with one in flight: then it is the machine that is measured.
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import { bodiesOfPool, callDirectly, callPool } from './callers.mjs';
import { forkFake } from './fake.mjs';
import { modelOf, openPool, startPool } from './pools.mjs';
import { figure, flags, rounded } from './report.mjs';
import { at, seededRandom } from './sampling.mjs';

const tokens = 20;
const serviceMs = 250;
const slots = 4096; // more than are ever in flight: nobody waits in a lane, or at the fake
const windows = flags.quick ? 2 : 5;
const points = [
  { id: 'G2.1', inFlight: 16, target: 2, calls: 128 },
  { id: 'G2.2', inFlight: 64, target: 5, calls: 384 },
];
const floorCalls = flags.quick ? 8 : 40;

/** How long each call took from its arrival, ms; so many are in flight on average. */
async function openLoop(arm, { inFlight, calls, seed }) {
  const random = seededRandom(seed);
  const running = [];
  let dueMs = performance.now();
  for (let call = 0; call < calls; call++) {
    dueMs += (-Math.log(1 - random()) * serviceMs) / inFlight;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const arrivedMs = dueMs;
    running.push(arm().then(() => performance.now() - arrivedMs));
    running.at(-1).catch(() => {}); // it is told at the end
  }
  return Promise.all(running);
}

async function measurePoint(arms, { id, inFlight, target, calls }, floorMs) {
  const slowest = arms.map(() => []);
  for (let window = 0; window < windows; window++)
    for (const arm of window % 2 ? [1, 0] : [0, 1])
      slowest[arm].push(at(await openLoop(arms[arm], { inFlight, calls, seed: inFlight + window }), 0.99));
  const [direct, ours] = slowest;
  const differences = ours.map((ms, window) => ms - direct[window]);
  const directMs = at(direct, 0.5);
  const peer = { name: 'undici.request', value: rounded(directMs) };
  const facts = { n: windows * calls, ours: rounded(at(ours, 0.5)), directAtOne: rounded(floorMs), peer };
  const what = `added latency with ${inFlight} in flight, p99`;
  if (directMs <= 2 * floorMs) return figure(id, what, target, at(differences, 0.5), 'ms', facts);
  const reason = `undici.request alone took ${rounded(directMs)} ms, more than twice its ${rounded(floorMs)} ms with one in flight`;
  return figure(id, what, target, null, 'ms', { ...facts, reason });
}

async function measure() {
  const [body] = await bodiesOfPool(tokens);
  const { messages } = JSON.parse(body);
  const words = messages.reduce((sum, { content }) => sum + content.split(/\s+/).length, 0);
  const fake = await forkFake('--model', 'small:1b', '--slots', `${slots}`, '--prefill-ms', `${serviceMs / words}`);
  const agent = new Agent();
  const pool = openPool(fake.url, { models: { small: modelOf('small:1b', { slots }) }, memory: { budget: 1e15 } });
  try {
    await startPool(pool);
    const arms = [() => callDirectly(agent, fake.url, body, tokens), () => callPool(pool, tokens)];
    // Every connection that is needed later is open by then.
    for (const arm of arms) await openLoop(arm, { inFlight: 64, calls: 128, seed: 1 });
    const floor = [];
    for (let call = 0; call < floorCalls; call++) floor.push((await arms[0]()).totalMs);
    const figures = [];
    for (const point of points) figures.push(await measurePoint(arms, point, at(floor, 0.99)));
    return figures;
  } finally {
    await pool.close();
    await agent.close();
    await fake.close();
  }
}

export const parts = [{ goals: ['G2'], measure }];
