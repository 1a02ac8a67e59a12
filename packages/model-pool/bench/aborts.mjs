// Goal G7: how soon an aborted call closes its socket, seen by a proxy between the pool and the fake, each in a process of its own; and
// whether slots are left behind by calls that are aborted at random points. The peer aborts undici.request through the same proxy, call by
// call in turn.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { runAbortStorm, startFakeOllama } from '@tale/model-pool/testing';
import { Agent } from 'undici';
import { forkFake, forkServer } from './fake.mjs';
import { modelOf, openPool, startPool } from './pools.mjs';
import { figure, flags, rounded } from './report.mjs';
import { sampleInTurn } from './sampling.mjs';

const [rounds, calls, warmUp] = flags.quick ? [3, 20, 20] : [15, 40, 100];
const stormCalls = flags.quick ? 1_000 : 10_000;
const messages = [{ role: 'user', content: 'Go on. [tokens=400][rate=200]' }];

/** How long it takes until the socket is closed of a call that is aborted while its answer comes, ms. */
async function abortMidStream({ child }, start) {
  const controller = new AbortController();
  const told = once(child, 'message');
  await start(controller.signal);
  await sleep(3);
  const abortedNs = process.hrtime.bigint();
  controller.abort();
  const [{ closedNs }] = await told;
  return { closedMs: Number(BigInt(closedNs) - abortedNs) / 1e6 };
}

async function measureSockets() {
  const fake = await forkFake('--model', 'small:1b', '--slots', '64');
  const proxy = await forkServer(fileURLToPath(new URL('abort-proxy.mjs', import.meta.url)), [fake.url]);
  const agent = new Agent();
  const pool = openPool(proxy.url, { models: { small: modelOf('small:1b', { slots: 64 }) }, memory: { budget: 1e12 } });
  const body = JSON.stringify({ model: 'small:1b', messages });
  const withPool = async (signal) => {
    const events = pool.call({ role: 'ux', messages, signal });
    for (;;) if ((await events.next()).value.type === 'text-delta') break;
    events.next().catch(() => {}); // somebody goes on to read
  };
  const withUndici = async (signal) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await agent.request({ origin: proxy.url, path: '/api/chat', method: 'POST', headers, body, signal });
    answer.body.on('error', () => {}).resume();
  };
  try {
    await startPool(pool);
    const arms = [() => abortMidStream(proxy, withUndici), () => abortMidStream(proxy, withPool)];
    const read = await sampleInTurn(arms, { rounds, calls, warmUp });
    return [0.5, 0.95].map((share, index) => {
      const peer = { name: 'undici.request', value: rounded(read(0, 'closedMs', share)) };
      const what = `abort to the closed upstream socket, p${100 * share}`;
      return figure(`G7.${index + 1}`, what, 5, read(1, 'closedMs', share), 'ms', { ...read.facts, peer });
    });
  } finally {
    await pool.close();
    await agent.destroy();
    await proxy.close();
    await fake.close();
  }
}

async function measureSlots() {
  const timing = { loadMs: 5, prefillMsPerToken: 0.2, jitter: 0.5 };
  const models = [{ model: 'small:1b' }, { model: 'large:8b' }];
  const fake = await startFakeOllama({ models, slots: 4, timing });
  const pool = openPool(fake.url, {
    models: { small: modelOf('small:1b', { slots: 4 }), large: modelOf('large:8b', { slots: 4 }) },
    roles: { ux: { candidates: ['small'] }, planning: { candidates: ['large'] } },
    memory: { budget: 1e12 },
  });
  try {
    await startPool(pool);
    const { aborted, answered, failed, heldSlots } = await runAbortStorm({ pool, fake, count: stormCalls });
    const held = pool.status().lanes.reduce((sum, { waiting, running }) => sum + waiting + running, 0);
    const facts = { op: '==', n: stormCalls, aborted, answered, failed, heldByPool: held };
    const what = 'calls left at random points, slots leaked at the server or in a lane';
    return [figure('G7.3', what, 0, heldSlots + held, 'slots', facts)];
  } finally {
    await pool.close();
    await fake.close();
  }
}

export const parts = [{ goals: ['G7'], measure: async () => [...(await measureSockets()), ...(await measureSlots())] }];
