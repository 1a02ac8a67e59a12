// Goal G4: what one HTTP hop adds: `./server` in a process of its own, `./remote` here. The peer is a pool in this process; both ask one fake.
import { fileURLToPath } from 'node:url';
import { createRemotePool } from '@tale/model-pool/remote';
import { callPool } from './callers.mjs';
import { forkFake, forkServer } from './fake.mjs';
import { openPool, startPool } from './pools.mjs';
import { figure, flags, rounded } from './report.mjs';
import { sampleInTurn } from './sampling.mjs';

const tokens = 20;
const [rounds, calls, warmUp] = flags.quick ? [3, 30, 30] : [9, 100, 100];

async function measure() {
  const fake = await forkFake('--model', 'small:1b');
  const served = await forkServer(fileURLToPath(new URL('serve-pool.mjs', import.meta.url)), [fake.url]);
  const pool = openPool(fake.url);
  const remote = createRemotePool({ url: served.url });
  try {
    await startPool(pool);
    const arms = [() => callPool(pool, tokens), () => callPool(remote, tokens)];
    const read = await sampleInTurn(arms, { rounds, calls, warmUp });
    const added = (id, what, target, part, share) => {
      const [here, there] = [read(0, part, share), read(1, part, share)];
      const peer = { name: 'the pool in this process', value: rounded(here) };
      return figure(id, what, target, there - here, 'ms', { n: rounds * calls, ours: rounded(there), peer });
    };
    return [
      added('G4.1', 'added latency of a call of 20 pieces through ./server and ./remote, p50', 1, 'totalMs', 0.5),
    ];
  } finally {
    await remote.close();
    await pool.close();
    await served.close();
    await fake.close();
  }
}

export const parts = [{ goals: ['G4'], measure }];
