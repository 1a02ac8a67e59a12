// Goals G1 and G3: what the pool adds to a warm call, one in flight, with everything on: gate, listener, labels, residency, budget of memory.
// The peer sends the same body with undici.request and parses every line. Both ask one fake in a process of its own, call by call in turn.
import { Agent } from 'undici';
import { bodiesOfPool, callDirectly, callPool } from './callers.mjs';
import { forkFake } from './fake.mjs';
import { openPool, startPool } from './pools.mjs';
import { figure, flags, rounded } from './report.mjs';
import { sampleInTurn } from './sampling.mjs';

const [rounds, warmUp] = flags.quick ? [3, 30] : [9, 100];
const short = { tokens: 20, calls: flags.quick ? 30 : 100 };
const long = { tokens: 520, calls: flags.quick ? 5 : 20 };

async function measure() {
  const [shortBody, longBody] = await bodiesOfPool(short.tokens, long.tokens);
  const fake = await forkFake('--model', 'small:1b');
  const agent = new Agent();
  const pool = openPool(fake.url);
  try {
    await startPool(pool);
    const armsOf = (tokens, body) => [() => callDirectly(agent, fake.url, body, tokens), () => callPool(pool, tokens)];
    const ofShort = await sampleInTurn(armsOf(short.tokens, shortBody), { rounds, calls: short.calls, warmUp });
    const ofLong = await sampleInTurn(armsOf(long.tokens, longBody), { rounds, calls: long.calls, warmUp });
    const perPiece = (arm) =>
      (1_000 * (ofLong(arm, 'totalMs', 0.5) - ofShort(arm, 'totalMs', 0.5))) / (long.tokens - short.tokens);
    const added = (id, what, target, read, n, unit = 'ms') => {
      const [direct, ours] = [read(0), read(1)];
      const peer = { name: 'undici.request', value: rounded(direct) };
      return figure(id, what, target, ours - direct, unit, { n, ours: rounded(ours), peer });
    };
    const [n, nLong] = [rounds * short.calls, rounds * long.calls];
    return [
      added('G1.1', 'added latency of a warm call of 20 pieces, p50', 0.15, (arm) => ofShort(arm, 'totalMs', 0.5), n),
      added('G1.2', 'added latency of a warm call of 20 pieces, p95', 0.5, (arm) => ofShort(arm, 'totalMs', 0.95), n),
      added('G3.1', 'added time to the first piece, p50', 0.2, (arm) => ofShort(arm, 'firstMs', 0.5), n),
      added('G3.2', 'added time per piece, none merged', 10, perPiece, nLong, 'µs'),
    ];
  } finally {
    await pool.close();
    await agent.close();
    await fake.close();
  }
}

export const parts = [{ goals: ['G1', 'G3'], measure }];
