// Goal G8: the server of the models is killed in the middle of an answer. How soon the caller knows, and how soon after the server is there
// again the model of `ux` is back in memory: by itself, at the latest with the next look and the load that follows it.
import { once } from 'node:events';
import { forkFake } from './fake.mjs';
import { nextEvent, openPool, startPool } from './pools.mjs';
import { figure, flags } from './report.mjs';

const rounds = flags.quick ? 1 : 4;
const [probeMs, loadMs] = [2_000, 300]; // the pool's usual interval while something is wrong
const argv = (port) => ['--model', 'small:1b', '--load-ms', `${loadMs}`, '--port', `${port}`];

/** Kills the server in the middle of a call. Returns how long it took until the caller had its error, ms. */
async function killInMidStream(pool, { child }) {
  let killedMs = 0;
  let pieces = 0;
  try {
    for await (const event of pool.call({ role: 'ux', prompt: 'Go on. [tokens=1000][rate=100]' })) {
      if (event.type !== 'text-delta' || ++pieces !== 5) continue;
      killedMs = performance.now();
      child.kill('SIGKILL');
    }
    throw new Error('the call was answered');
  } catch (error) {
    if (error.code !== 'stream-broken') throw error;
    return performance.now() - killedMs;
  }
}

async function measure() {
  let fake = await forkFake(...argv(0));
  const port = new URL(fake.url).port;
  const pool = openPool(fake.url);
  const [told, back] = [[], []];
  try {
    await startPool(pool);
    for (let round = 0; round < rounds; round++) {
      const left = once(fake.child, 'exit');
      told.push(await killInMidStream(pool, fake));
      await left;
      const restored = nextEvent(pool, ({ type, name }) => type === 'residency-restore' && name === 'small');
      fake = await forkFake(...argv(port));
      const startMs = performance.now();
      await restored;
      back.push(performance.now() - startMs);
      await pool.generate({ role: 'ux', prompt: '[tokens=1]' });
    }
  } finally {
    await pool.close();
    await fake.close();
  }
  return [
    figure('G8.1', 'server killed in mid-stream, to the typed error', 50, Math.max(...told), 'ms', { n: rounds }),
    figure('G8.2', 'server there again, to ux in memory', probeMs + loadMs, Math.max(...back), 'ms', { n: rounds }),
  ];
}

export const parts = [{ goals: ['G8'], measure }];
