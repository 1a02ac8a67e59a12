// Goal G7: how soon an aborted call closes its socket, seen by a proxy between the pool and the fake; and whether slots are left behind by
// calls that are aborted at random points. The peer aborts undici.request through the same proxy, call by call in turn.
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { runAbortStorm, startFakeOllama } from '@tale/model-pool/testing';
import { Agent } from 'undici';
import { forkFake } from './fake.mjs';
import { modelOf, openPool, startPool } from './pools.mjs';
import { figure, flags, rounded } from './report.mjs';
import { sampleInTurn } from './sampling.mjs';

const [rounds, calls] = flags.quick ? [2, 20] : [5, 60];
const stormCalls = flags.quick ? 1_000 : 10_000;
const messages = [{ role: 'user', content: 'Go on. [tokens=400][rate=200]' }];

/** Passes bytes on; `nextChat` calls back with the connection of the next chat: a promise of the instant at which the client closes it. */
async function openProxy(url) {
  const { port, hostname } = new URL(url);
  let onChat = () => {};
  const server = createServer((client) => {
    const upstream = connect({ port: Number(port), host: hostname });
    const gone = new Promise((resolve) => {
      for (const event of ['end', 'close']) client.once(event, () => resolve(performance.now()));
    });
    client.on('data', (data) => {
      if (data.subarray(0, 14).toString() === 'POST /api/chat') onChat(gone);
    });
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.pipe(upstream).pipe(client);
    client.once('close', () => upstream.destroy());
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    nextChat(callback) {
      onChat = callback;
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

/** How long it takes until the socket is closed of a call that is aborted while its answer comes, ms. */
async function abortMidStream(proxy, start) {
  const controller = new AbortController();
  let closed = null;
  proxy.nextChat((gone) => {
    closed = gone;
  });
  await start(controller.signal);
  await sleep(3);
  const abortedMs = performance.now();
  controller.abort();
  return { closedMs: (await closed) - abortedMs };
}

async function measureSockets() {
  const fake = await forkFake('--model', 'small:1b', '--slots', '64');
  const proxy = await openProxy(fake.url);
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
    const read = await sampleInTurn(arms, { rounds, calls, warmUp: 10 });
    const peer = { name: 'undici.request', value: rounded(read(0, 'closedMs', 0.95)) };
    const value = read(1, 'closedMs', 0.95);
    return [figure('G7.1', 'abort to the closed upstream socket, p95', 5, value, 'ms', { n: rounds * calls, peer })];
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
    return [figure('G7.2', what, 0, heldSlots + held, 'slots', facts)];
  } finally {
    await pool.close();
    await fake.close();
  }
}

export const parts = [{ goals: ['G7'], measure: async () => [...(await measureSockets()), ...(await measureSlots())] }];
