// Goals G4, G5, G7.3, G8 and G9.2: what stands between a call and the native library. G4.2, G4.3, G5 and G8 take a real model, smollm2:135m,
// through the engine's own catalogue, kept in .tools/local-engine-models; where no source of it is reached they are not taken.
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createLocalEngine } from '@tale/local-engine';
import { answerOf, ask, childPids } from './ask.mjs';
import { at, figure } from './report.mjs';

const median = (values) => at(values, 0.5);
const greedy = { temperature: 0 };
const story = { raw: true, prompt: 'Once upon a time there was a fox', keep_alive: -1 };
const isLinux = process.platform === 'linux';
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

/** Numbers below `below`, the same each time. */
function draws(seed) {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state % below;
  };
}

/** Calls of the tiny model that are aborted at random, in prompts and answers, on two slots; then whether both still answer. */
async function randomAborts(url, count) {
  const draw = draws(4);
  const one = async () => {
    const left = new AbortController();
    const timer = setTimeout(() => left.abort(), draw(20));
    const body = {
      model: 'endless',
      ...story,
      prompt: `${draw(99)} `.repeat(1 + draw(200)),
      options: { ...greedy, num_predict: 200 },
    };
    await ask(url, body, () => {}, { signal: left.signal }).catch(() => {});
    clearTimeout(timer);
  };
  for (let done = 0; done < count; done += 4) await Promise.all([one(), one(), one(), one()]);
  const body = { model: 'endless', ...story, options: { ...greedy, num_predict: 20 } };
  const after = await Promise.allSettled(
    [0, 1].map(() => answerOf(url, body, { signal: AbortSignal.timeout(10_000) })),
  );
  return after.filter(({ status }) => status === 'rejected').length;
}

/** How much the parent grows by killed children, bytes: the first ones warm it up. */
async function growth(url, kills) {
  const kill = async () => {
    await answerOf(url, { model: 'endless', ...story, options: { ...greedy, num_predict: 1 } });
    const dying = ask(url, { model: 'endless', ...story, options: { ...greedy, num_predict: 2_000 } }, () => {}).catch(
      () => {},
    );
    for (const pid of await childPids()) process.kill(pid, 'SIGKILL');
    await dying;
  };
  const heldBytes = async () => {
    await sleep(200);
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  for (let warming = 0; warming < 3; warming++) await kill();
  const before = await heldBytes();
  for (let killed = 0; killed < kills; killed++) await kill();
  return (await heldBytes()) - before;
}

/** From the request to unload until the process is gone, ms. */
async function memoryBack(url) {
  await answerOf(url, { model: 'endless', ...story, options: { ...greedy, num_predict: 1 } });
  const pids = await childPids();
  const startMs = performance.now();
  await answerOf(url, { model: 'endless', prompt: '', keep_alive: 0 });
  while ((await childPids()).some((pid) => pids.includes(pid))) await sleep(1);
  return performance.now() - startMs;
}

/** Tokens per second of the engine and of the bare library, in turn: the same model, prompt, sampling and thread. */
async function throughput(url, { runtimeDir, modelPath, repeats }) {
  const library = await import(pathToFileURL(join(runtimeDir, 'node_modules/node-llama-cpp/dist/index.js')).href);
  const quiet = { gpu: false, build: 'never', skipDownload: true, progressLogs: false, logLevel: 'error' };
  const llama = await library.getLlama({ ...quiet, maxThreads: 1 });
  const model = await llama.loadModel({ modelPath });
  const context = await model.createContext({ contextSize: 2_048, sequences: 1, batchSize: 128, threads: 1 });
  const completion = new library.LlamaCompletion({ contextSequence: context.getSequence() });
  const tokens = 96;
  const rateOf = (times) => ((times.length - 1) / (times.at(-1) - times[0])) * 1_000;
  const bare = async () => {
    const times = [];
    const options = { maxTokens: tokens, temperature: 0, repeatPenalty: false, contextShiftSize: 1 };
    await completion.generateCompletionWithMeta(model.tokenizer(story.prompt, true), {
      ...options,
      onTextChunk: () => times.push(performance.now()),
    });
    return rateOf(times);
  };
  const ours = async () => {
    const times = [];
    await ask(url, { model: 'smollm2', ...story, options: { ...greedy, num_predict: tokens } }, (line, atMs) => {
      if (!line.done) times.push(atMs);
    });
    return rateOf(times);
  };
  const rates = { ours: [], bare: [] };
  for (let repeat = -1; repeat < repeats; repeat++) {
    const [own, peer] = [await ours(), await bare()];
    if (repeat >= 0) rates.ours.push(own) && rates.bare.push(peer);
  }
  return rates;
}

/** How long the next call waits for the slot of an aborted one, ms. */
async function waits(url, body, repeats, delayMs) {
  const values = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const left = new AbortController();
    const going = ask(url, { model: 'smollm2', ...story, ...body(repeat) }, () => {}, { signal: left.signal }).catch(
      () => {},
    );
    await sleep(delayMs + 13 * repeat);
    left.abort();
    await going;
    const next = await answerOf(url, {
      model: 'smollm2',
      ...story,
      prompt: 'x',
      options: { ...greedy, num_predict: 1 },
    });
    values.push(next.timings.queue_ms);
  }
  return values;
}

/** Share of the second turn's prompt that came from the cache. */
async function secondTurn(url) {
  const options = { ...greedy, num_predict: 40 };
  const chat = async (messages) => {
    let text = '';
    let last = null;
    await ask(
      url,
      { model: 'smollm2', messages, options },
      (line) => {
        text += line.message.content;
        last = line;
      },
      { path: '/api/chat' },
    );
    return { text, timings: last.timings };
  };
  const system = { role: 'system', content: `You are brief. ${'Be exact, be friendly, never guess. '.repeat(60)}` };
  const messages = [system, { role: 'user', content: 'Name a colour.' }];
  const first = await chat(messages);
  const second = await chat([
    ...messages,
    { role: 'assistant', content: first.text },
    { role: 'user', content: 'And another one.' },
  ]);
  return second.timings.cache_n / (second.timings.cache_n + second.timings.prompt_n);
}

/** The real model in an engine of its own, or why there is none. */
async function realModel({ runtimeDir, modelsDir, repeats }) {
  const engine = await createLocalEngine({ dataDir: modelsDir, port: 0, runtimeDir, threads: 1, contextTokens: 2_048 });
  try {
    await answerOf(engine.url, { model: 'smollm2' }, { path: '/api/pull' });
    const { model_info: info, ...shown } = await answerOf(
      engine.url,
      { model: 'smollm2', stream: false },
      { path: '/api/show' },
    );
    if (!info || !shown.details) throw new Error('the model has no details');
    const digest = (await (await fetch(`${engine.url}/api/tags`)).json()).models.find(({ name }) =>
      name.startsWith('smollm2'),
    ).digest;
    const modelPath = join(modelsDir, 'models', 'blobs', `sha256-${digest}`);
    const rates = await throughput(engine.url, { runtimeDir, modelPath, repeats });
    const decode = await waits(engine.url, () => ({ options: { ...greedy, num_predict: 500 } }), 2 * repeats, 300);
    const long = 'The quick brown fox jumps over the lazy dog. '.repeat(120);
    const prefill = await waits(
      engine.url,
      (repeat) => ({ prompt: `${repeat} ${long}`, options: greedy }),
      2 * repeats,
      60,
    );
    return { rates, decode, prefill, cached: await secondTurn(engine.url) };
  } catch (error) {
    return { reason: `smollm2 could not be taken: ${error.message.slice(0, 100)}` };
  } finally {
    await engine.close();
  }
}

/** Takes the figures; `url` is an engine with the model `endless` and two slots, in this process. */
export async function nativeFigures({ url, runtimeDir, modelsDir, quick }) {
  const aborts = quick ? 100 : 1_000;
  const kills = quick ? 10 : 100;
  const repeats = quick ? 3 : 9;
  const lost = await randomAborts(url, aborts);
  const grownBytes = isLinux ? await growth(url, kills) : null;
  const backMs = isLinux ? await memoryBack(url) : null;
  const real = await realModel({ runtimeDir, modelsDir, repeats });
  const { rates, decode, prefill, cached = null, reason } = real;
  const tokenMs = rates ? Math.ceil(1_000 / median(rates.bare)) : 0;
  const missing = reason ? { reason } : {};
  const share = rates ? median(rates.ours) / median(rates.bare) : null;
  const peer = rates ? { peer: { name: 'node-llama-cpp', value: Number(median(rates.bare).toPrecision(3)) } } : {};
  const needsLinux = isLinux ? {} : { reason: 'needs /proc' };
  const n = 2 * repeats;
  return [
    figure('G4.1', `slots lost in ${aborts} random aborts`, 0, lost, 'slots', { n: aborts }),
    figure(
      'G4.2',
      'abort of an answer to its free slot, p95 (target: a token and 5 ms)',
      tokenMs + 5,
      decode ? at(decode, 0.95) : null,
      'ms',
      { n, ...missing },
    ),
    figure('G4.3', 'abort of a prompt to its free slot, p95', 300, prefill ? at(prefill, 0.95) : null, 'ms', {
      n,
      ...missing,
    }),
    figure('G5', 'tokens per second, share of the bare library, p50', 0.95, share, '', {
      op: '>=',
      n: repeats,
      ...peer,
      ...missing,
    }),
    figure(
      'G7.3',
      `growth of the parent by ${kills} killed children`,
      5,
      grownBytes === null ? null : grownBytes / 1e6,
      'MB',
      { n: kills, ...needsLinux },
    ),
    figure('G8', 'second turn of a conversation, share from the cache', 0.95, cached, '', {
      op: '>=',
      n: 1,
      ...missing,
    }),
    figure('G9.2', 'request to unload to the end of the process', 1_000, backMs, 'ms', { n: 1, ...needsLinux }),
  ];
}
