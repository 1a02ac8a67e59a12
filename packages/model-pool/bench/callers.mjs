import { startFakeOllama } from '@tale/model-pool/testing';
import { labels, openPool } from './pools.mjs';

/** A conversation that the fake answers with so many tokens, one piece each. */
export const messagesOf = (tokens) => [{ role: 'user', content: `Measure it. [tokens=${tokens}]` }];

/** The bodies that a pool sends, from a fake that lets itself be looked into. */
export async function bodiesOfPool(...lengths) {
  const fake = await startFakeOllama({ models: [{ model: 'small:1b' }] });
  const pool = openPool(fake.url);
  for (const tokens of lengths) await pool.generate({ role: 'ux', messages: messagesOf(tokens), labels });
  await pool.close();
  await fake.close();
  const calls = fake.log.filter(({ path, body }) => path === '/api/chat' && body.messages?.length > 0);
  return calls.map(({ body }) => JSON.stringify(body));
}

function whole(pieces, tokens, facts) {
  if (pieces !== tokens) throw new Error(`${pieces} pieces of ${tokens}`);
  return facts;
}

/** A call of a pool, here or elsewhere: when the first piece came, when the call ended, ms. */
export async function callPool(pool, tokens) {
  const startMs = performance.now();
  let firstMs = 0;
  let pieces = 0;
  for await (const event of pool.call({ role: 'ux', messages: messagesOf(tokens), labels })) {
    if (event.type !== 'text-delta') continue;
    firstMs ||= performance.now() - startMs;
    pieces++;
  }
  return whole(pieces, tokens, { firstMs, totalMs: performance.now() - startMs });
}

/** The same call without a pool: one request, every line parsed. */
export async function callDirectly(agent, url, body, tokens) {
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
  return whole(pieces, tokens, { firstMs, totalMs: performance.now() - startMs });
}
