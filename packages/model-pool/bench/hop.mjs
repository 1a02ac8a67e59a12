// Goal G4: what one HTTP hop adds: `./server` in a process of its own, `./remote` here. The peer is a pool in this process; both ask one fake.
import { fileURLToPath } from 'node:url';
import { createRemotePool } from '@tale/model-pool/remote';
import { callPool } from './callers.mjs';
import { forkFake, forkServer } from './fake.mjs';
import { openPool, startPool } from './pools.mjs';
import { figure, flags, rounded } from './report.mjs';
import { sampleInTurn } from './sampling.mjs';

const tokens = 20;
const [rounds, calls, warmUp] = flags.quick ? [3, 30, 100] : [15, 60, 1_000];

async function measure() {
  const fake = await forkFake('--model', 'small:1b');
  const served = await forkServer(fileURLToPath(new URL('serve-pool.mjs', import.meta.url)), [fake.url]);
  const pool = openPool(fake.url);
  const remote = createRemotePool({ url: served.url });
  try {
    await startPool(pool);
    const arms = [() => callPool(pool, tokens), () => callPool(remote, tokens)];
    const read = await sampleInTurn(arms, { rounds, calls, warmUp });
    const peer = { name: 'the pool in this process', value: rounded(read(0, 'totalMs', 0.5)) };
    const facts = { ...read.facts, ours: rounded(read(1, 'totalMs', 0.5)), peer };
    const what = 'added latency of a call of 20 pieces through ./server and ./remote, p50';
    return [figure('G4.1', what, 1, read.added(1, 'totalMs', 0.5), 'ms', facts)];
  } finally {
    await remote.close();
    await pool.close();
    await served.close();
    await fake.close();
  }
}

export const parts = [{ goals: ['G4'], measure }];
