// Goals G1 and G3: what the pool adds to a warm call, one in flight, with everything on: gate, listener, labels, residency, budget of memory.
// The peer sends the same body with undici.request and parses every line. Both ask one fake in a process of its own, call by call in turn.
import { Agent } from 'undici';
import { bodiesOfPool, callDirectly, callPool } from './callers.mjs';
import { forkFake } from './fake.mjs';
import { openPool, startPool } from './pools.mjs';
import { figure, flags, rounded } from './report.mjs';
import { sampleInTurn } from './sampling.mjs';

const rounds = flags.quick ? 3 : 25;
// A server answers thousands of calls: what is measured is code that was compiled by then, of both arms.
const short = { tokens: 20, calls: flags.quick ? 30 : 100, warmUp: flags.quick ? 100 : 1_500 };
const long = { tokens: 520, calls: flags.quick ? 5 : 20, warmUp: flags.quick ? 5 : 50 };

async function measure() {
  const [shortBody, longBody] = await bodiesOfPool(short.tokens, long.tokens);
  const fake = await forkFake('--model', 'small:1b');
  const agent = new Agent();
  const pool = openPool(fake.url);
  try {
    await startPool(pool);
    const armsOf = (tokens, body) => [() => callDirectly(agent, fake.url, body, tokens), () => callPool(pool, tokens)];
    const ofShort = await sampleInTurn(armsOf(short.tokens, shortBody), { rounds, ...short });
    const ofLong = await sampleInTurn(armsOf(long.tokens, longBody), { rounds, ...long });
    const added = (id, what, target, part, share) => {
      const peer = { name: 'undici.request', value: rounded(ofShort(0, part, share)) };
      const facts = { ...ofShort.facts, ours: rounded(ofShort(1, part, share)), peer };
      return figure(id, what, target, ofShort.added(1, part, share), 'ms', facts);
    };
    const perPiece = (arm, read) =>
      (1_000 * (read(ofLong)(arm, 'totalMs', 0.5) - read(ofShort)(arm, 'totalMs', 0.5))) / (long.tokens - short.tokens);
    const addedPerPiece = () => {
      const peer = { name: 'undici.request', value: rounded(perPiece(0, (samples) => samples)) };
      const value = perPiece(1, ({ added: ofRounds }) => ofRounds);
      return figure('G3.2', 'added time per piece, none merged', 10, value, 'µs', { ...ofLong.facts, peer });
    };
    return [
      added('G1.1', 'added latency of a warm call of 20 pieces, p50', 0.15, 'totalMs', 0.5),
      added('G1.2', 'added latency of a warm call of 20 pieces, p95', 0.5, 'totalMs', 0.95),
      added('G3.1', 'added time to the first piece, p50', 0.2, 'firstMs', 0.5),
      addedPerPiece(),
    ];
  } finally {
    await pool.close();
    await agent.close();
    await fake.close();
  }
}

export const parts = [{ goals: ['G1', 'G3'], measure }];
