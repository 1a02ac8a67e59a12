// Goals G1 and G3: what the pool adds to a warm call, one in flight, with everything on: gate, listener, labels, residency, budget of memory.
// The peer sends the same body with undici.request and parses every line. Both ask one fake in a process of its own, call by call in turn.
// Options: those of report.mjs.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createModelPool } from '@tale/model-pool';
import { startFakeOllama } from '@tale/model-pool/testing';
import { Agent } from 'undici';
import { at, figure, flags, report } from './report.mjs';

const [rounds, warmUp] = flags.quick ? [3, 30] : [9, 100];
const short = { tokens: 20, calls: flags.quick ? 30 : 100 };
const long = { tokens: 520, calls: flags.quick ? 5 : 20 };
const labels = { project: 'bench', purpose: 'answer', taskId: 'task', userId: 'owner' };
const messagesOf = (tokens) => [{ role: 'user', content: `Measure it. [tokens=${tokens}]` }];

function openPool(url) {
  let counted = 0;
  const pool = createModelPool({
    backends: { fake: { kind: 'ollama', url } },
    models: { small: { backend: 'fake', model: 'small:1b', contextTokens: 8192 } },
    roles: { ux: { candidates: ['small'] } },
    memory: { budget: 8e9 },
    gate: {
      begin: async () => ({
        progress: async () => {},
        settle: async ({ usage }) => {
          counted += usage.outputTokens;
        },
      }),
    },
  });
  pool.subscribe(() => {});
  return { pool, counted: () => counted };
}

/** The bodies that the pool sends, from a fake that lets itself be looked into. */
async function bodiesOfPool() {
  const fake = await startFakeOllama({ models: [{ model: 'small:1b' }] });
  const { pool } = openPool(fake.url);
  for (const { tokens } of [short, long]) await pool.generate({ role: 'ux', messages: messagesOf(tokens), labels });
  await pool.close();
  await fake.close();
  const calls = fake.log.filter(({ path, body }) => path === '/api/chat' && body.messages?.length > 0);
  return new Map(calls.map(({ body }, index) => [[short, long][index].tokens, JSON.stringify(body)]));
}

/** Calls with the pool: when the first piece came, when the call ended, ms; how many pieces. */
async function withPool(pool, tokens) {
  const startMs = performance.now();
  let firstMs = 0;
  let pieces = 0;
  for await (const event of pool.call({ role: 'ux', messages: messagesOf(tokens), labels })) {
    if (event.type !== 'text-delta') continue;
    firstMs ||= performance.now() - startMs;
    pieces++;
  }
  return { firstMs, totalMs: performance.now() - startMs, pieces };
}

/** The same call without a pool. */
async function withUndici(agent, url, body) {
  const startMs = performance.now();
  let firstMs = 0;
  let pieces = 0;
  let rest = '';
  const headers = { 'content-type': 'application/json' };
  const answer = await agent.request({ origin: url, path: '/api/chat', method: 'POST', headers, body });
  answer.body.setEncoding('utf8');
  for await (const chunk of answer.body) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (JSON.parse(line).done) continue;
      firstMs ||= performance.now() - startMs;
      pieces++;
    }
  }
  return { firstMs, totalMs: performance.now() - startMs, pieces };
}

/** Samples of both arms in turn, by round. */
async function sample(arms, { tokens, calls }) {
  const taken = [];
  for (let call = 0; call < warmUp; call++) for (const arm of arms) await arm(tokens);
  for (let round = 0; round < rounds; round++) {
    const samples = arms.map(() => []);
    for (let call = 0; call < calls; call++)
      for (const index of call % 2 ? [0, 1] : [1, 0]) {
        const one = await arms[index](tokens);
        if (one.pieces !== tokens) throw new Error(`${one.pieces} pieces of ${tokens}`);
        samples[index].push(one);
      }
    taken.push(samples);
  }
  return (arm, part, share) =>
    share === 0.5
      ? at(
          taken.map((samples) =>
            at(
              samples[arm].map((one) => one[part]),
              0.5,
            ),
          ),
          0.5,
        ) // the median of the rounds' medians
      : at(
          taken.flatMap((samples) => samples[arm].map((one) => one[part])),
          share,
        );
}

const fake = fork(fileURLToPath(import.meta.resolve('../dist/testing/fake-ollama-cli.js')), ['--model', 'small:1b'], {
  stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
});
const agent = new Agent();
try {
  const [line] = await once(createInterface(fake.stdout), 'line');
  const { url } = JSON.parse(line);
  const bodies = await bodiesOfPool();
  const { pool } = openPool(url);
  await pool.start();
  const arms = [(tokens) => withUndici(agent, url, bodies.get(tokens)), (tokens) => withPool(pool, tokens)];
  const ofShort = await sample(arms, short);
  const ofLong = await sample(arms, long);
  await pool.close();
  const added = (id, what, target, read, n, unit = 'ms') => {
    const [direct, ours] = [read(0), read(1)];
    const facts = { n, ours: Number(ours.toPrecision(3)) };
    return figure(id, what, target, ours - direct, unit, {
      ...facts,
      peer: { name: 'undici.request', value: Number(direct.toPrecision(3)) },
    });
  };
  const perPiece = (arm) =>
    (1_000 * (ofLong(arm, 'totalMs', 0.5) - ofShort(arm, 'totalMs', 0.5))) / (long.tokens - short.tokens);
  const [n, nLong] = [rounds * short.calls, rounds * long.calls];
  report('@tale/model-pool', [
    added('G1.1', 'added latency of a warm call of 20 pieces, p50', 0.15, (arm) => ofShort(arm, 'totalMs', 0.5), n),
    added('G1.2', 'added latency of a warm call of 20 pieces, p95', 0.5, (arm) => ofShort(arm, 'totalMs', 0.95), n),
    added('G3.1', 'added time to the first piece, p50', 0.2, (arm) => ofShort(arm, 'firstMs', 0.5), n),
    added('G3.2', 'added time per piece, none merged', 10, perPiece, nLong, 'µs'),
  ]);
} finally {
  await agent.close();
  fake.disconnect();
}
