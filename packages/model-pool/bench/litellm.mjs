// What LiteLLM's proxy and the pool's own server add to a call of OpenAI's API, side by side; no part of `pnpm bench`. Both stand before one
// fake, each in a process of its own; calls go to the fake, to LiteLLM and to the pool in turn. LiteLLM is installed into a virtual
// environment in `.tools/litellm`, unless LITELLM names its program:
//   node bench/litellm.mjs [--json] [--quick] [--check]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Agent } from 'undici';
import { forkFake, forkServer } from './fake.mjs';
import { figure, flags, report, rounded } from './report.mjs';
import { sampleInTurn } from './sampling.mjs';

const model = 'small:1b';
const tokens = 20;
const key = 'sk-bench';
const [rounds, calls, warmUp] = flags.quick ? [3, 20, 20] : [9, 60, 200];

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

/** Starts LiteLLM's proxy before a server with OpenAI's API; it asks nobody but that server. */
async function startLiteLlm(command, fakeUrl) {
  const folder = await mkdtemp(join(tmpdir(), 'tale-litellm-'));
  const config = join(folder, 'config.json'); // JSON is YAML
  const target = { model: `openai/${model}`, api_base: `${fakeUrl}/v1`, api_key: 'none' };
  await writeFile(config, JSON.stringify({ model_list: [{ model_name: model, litellm_params: target }] }));
  const port = await freePort();
  const env = { ...process.env, LITELLM_MASTER_KEY: key, LITELLM_LOCAL_MODEL_COST_MAP: 'True' };
  const argv = ['--config', config, '--host', '127.0.0.1', '--port', `${port}`, '--telemetry', 'False'];
  const child = spawn(command, argv, { env, stdio: ['ignore', 'ignore', 'ignore'] });
  const left = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const close = async () => {
    child.kill();
    await left;
    await rm(folder, { recursive: true, force: true });
  };
  for (let waits = 0; waits < 240; waits++) {
    if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}`);
    const answer = await fetch(`${url}/health/liveliness`).catch(() => null);
    if (answer?.ok) return { url, close };
    await sleep(500);
  }
  await close();
  throw new Error(`${command} did not answer within 120 s`);
}

/** A streamed chat of OpenAI's API, every chunk parsed, ms. */
async function chat(agent, url) {
  const startMs = performance.now();
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const messages = [{ role: 'user', content: `Measure it. [tokens=${tokens}]` }];
  const body = JSON.stringify({ model, messages, stream: true });
  const answer = await agent.request({ origin: url, path: '/v1/chat/completions', method: 'POST', headers, body });
  let [rest, pieces] = ['', 0];
  answer.body.setEncoding('utf8');
  for await (const chunk of answer.body) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      const data = line.startsWith('data: ') ? line.slice(6).trim() : '';
      if (data !== '' && data !== '[DONE]' && JSON.parse(data).choices?.[0]?.delta?.content) pieces++;
    }
  }
  if (pieces === 0 || answer.statusCode !== 200)
    throw new Error(`${url} answered ${answer.statusCode} with ${pieces} pieces`);
  return { pieces, totalMs: performance.now() - startMs };
}

/** Runs a program to its end; what it says goes to stderr. */
async function run(program, ...argv) {
  const [code] = await once(spawn(program, argv, { stdio: ['ignore', 'ignore', 'inherit'] }), 'exit');
  if (code !== 0) throw new Error(`${program} ${argv.join(' ')} ended with ${code}`);
}

/** The program of a virtual environment that is made where there is none. */
async function installLiteLlm() {
  const folder = fileURLToPath(new URL('../../../.tools/litellm', import.meta.url));
  const program = join(folder, 'bin', 'litellm');
  if (existsSync(program)) return program;
  await run('python3', '-m', 'venv', folder);
  await run(join(folder, 'bin', 'pip'), 'install', '--quiet', 'litellm[proxy]');
  return program;
}

const command = process.env.LITELLM ?? (await installLiteLlm());
const fake = await forkFake('--model', model);
const served = await forkServer(fileURLToPath(new URL('serve-pool.mjs', import.meta.url)), [fake.url]);
const agent = new Agent();
let proxy = null;
try {
  proxy = await startLiteLlm(command, fake.url);
  const arms = [fake.url, proxy.url, served.url].map((url) => () => chat(agent, url));
  const read = await sampleInTurn(arms, { rounds, calls, warmUp });
  const figures = [0.5, 0.95].map((share) => {
    const [theirs, ours] = [1, 2].map((arm) => read.added(arm, 'totalMs', share));
    const name = `p${share * 100}`;
    const peer = { name: 'LiteLLM', value: rounded(theirs) };
    const what = `added latency of a call of ${tokens} pieces through the pool's server, ${name}; target = LiteLLM's`;
    const facts = { ...read.facts, direct: rounded(read(0, 'totalMs', share)), peer };
    return figure(`litellm.${name}`, what, rounded(theirs), ours, 'ms', facts);
  });
  report('@tale/model-pool', figures);
} finally {
  await agent.close();
  await proxy?.close();
  await served.close();
  await fake.close();
}
