// Goals G2, G3, G7 and those of native.mjs on the built package. Here with a model of half a megabyte and one thread: what the engine costs,
// not what a model costs.
// The peer of G3 is node-llama-cpp in this process: the same runtime, model, prompt and sampling, without HTTP and without a child; call by call in turn.
// Options: those of report.mjs. G7 needs Linux (/proc).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createLocalEngine } from '@tale/local-engine';
import { ensureRuntime, fileEntry, writeTinyGguf } from '@tale/local-engine/testing';
import { ask, childPids } from './ask.mjs';
import { nativeFigures } from './native.mjs';
import { at, figure, flags, report } from './report.mjs';

const repeats = flags.quick ? 3 : 9;
const calls = flags.quick ? 20 : 100;
const tokens = 200;
const prompt = 'hello';
const headers = { 'content-type': 'application/json' };
const place = (path) => fileURLToPath(new URL(path, import.meta.url));
const median = (values) => at(values, 0.5);
const folder = await mkdtemp(join(tmpdir(), 'tale-local-engine-bench-'));
const modelPath = join(folder, 'endless.gguf');
await writeTinyGguf(modelPath, { endless: true });
const runtimeDir = await ensureRuntime(place('../../../.tools/local-engine-runtime'));

/** From the start of the process to its port, ms. */
async function listening() {
  const startMs = performance.now();
  const parent = spawn(process.execPath, [
    place('../dist/command.js'),
    'serve',
    '--port',
    '0',
    '--data-dir',
    join(folder, 'serve'),
  ]);
  await once(parent.stdout, 'data');
  const tookMs = performance.now() - startMs;
  parent.kill();
  await once(parent, 'exit');
  return tookMs;
}

/** A call to the tiny model, which stays loaded. */
const generate = (url, body, onLine) => ask(url, { model: 'endless', keep_alive: -1, ...body }, onLine);

/** First piece, and time per token after it, of a call to the engine, ms. */
async function throughEngine(url, count = tokens) {
  const times = [];
  const options = { temperature: 0, num_predict: count, repeat_penalty: 1 };
  await generate(url, { prompt, raw: true, options }, (line, atMs) => {
    if (line.error) throw new Error(line.error);
    if (!line.done) times.push(atMs);
  });
  return { firstMs: times[0], perTokenMs: (times.at(-1) - times[0]) / (count - 1) };
}

/** The same call with the bare library. */
async function openBare() {
  const library = await import(pathToFileURL(join(runtimeDir, 'node_modules/node-llama-cpp/dist/index.js')).href);
  const quiet = { gpu: false, build: 'never', skipDownload: true, progressLogs: false, logLevel: 'error' };
  const llama = await library.getLlama({ ...quiet, maxThreads: 1 });
  const model = await llama.loadModel({ modelPath });
  const context = await model.createContext({ contextSize: 2_048, sequences: 1, batchSize: 128, threads: 1 });
  const completion = new library.LlamaCompletion({ contextSequence: context.getSequence() });
  return async () => {
    const startMs = performance.now();
    const times = [];
    const onTextChunk = () => times.push(performance.now() - startMs);
    const options = { maxTokens: tokens, temperature: 0, repeatPenalty: false, contextShiftSize: 1, onTextChunk };
    await completion.generateCompletionWithMeta(model.tokenizer(prompt, true), options);
    return { firstMs: times[0], perTokenMs: (times.at(-1) - times[0]) / (tokens - 1) };
  };
}

/** Kills the only child in the middle of an answer: until the line with the error; until the first piece of the next call, ms. */
async function killed(url) {
  const [pid] = await childPids();
  let [killedMs, lines, errorMs] = [0, 0, null];
  await generate(url, { prompt, raw: true, options: { temperature: 0, num_predict: 2_000 } }, (line) => {
    if (line.error) errorMs = performance.now() - killedMs;
    lines += 1;
    if (lines !== 20) return;
    killedMs = performance.now();
    process.kill(pid, 'SIGKILL');
  });
  return { errorMs, nextMs: (await throughEngine(url, 20)).firstMs };
}

const several = async (take) => {
  const values = [];
  for (let index = 0; index < repeats; index++) values.push(await take());
  return values;
};
let engine;
try {
  const parent = await several(listening);
  const catalog = [await fileEntry('endless:latest', modelPath)];
  engine = await createLocalEngine({ dataDir: join(folder, 'data'), port: 0, catalog, runtimeDir, threads: 1 });
  const pull = { method: 'POST', headers, body: JSON.stringify({ model: 'endless' }) };
  await (await fetch(`${engine.url}/api/pull`, pull)).text();
  const cold = await several(async () => {
    await generate(engine.url, { prompt: '', keep_alive: 0 }); // unloads
    return (await throughEngine(engine.url, 20)).firstMs;
  });
  const bare = await openBare();
  const [ours, theirs] = [[], []];
  for (let call = -10; call < calls; call++) {
    const [own, peer] = [await throughEngine(engine.url), await bare()];
    if (call >= 0) ours.push(own) && theirs.push(peer);
  }
  const deaths = process.platform === 'linux' ? await several(() => killed(engine.url)) : null;
  const taken = (id, what, target, values) =>
    figure(id, what, target, values && median(values), 'ms', {
      n: repeats,
      ...(values ? {} : { reason: 'needs /proc' }),
    });
  const added = (id, what, target, part) => {
    const [own, peer] = [ours, theirs].map((arm) => median(arm.map((one) => one[part])));
    const facts = { n: calls, peer: { name: 'node-llama-cpp', value: Number(peer.toPrecision(3)) } };
    return figure(id, what, target, own - peer, 'ms', facts);
  };
  await engine.close();
  engine = await createLocalEngine({
    dataDir: join(folder, 'data'),
    port: 0,
    catalog,
    runtimeDir,
    threads: 1,
    slots: 2,
  });
  const modelsDir = place('../../../.tools/local-engine-models');
  const native = await nativeFigures({ url: engine.url, runtimeDir, modelsDir, quick: flags.quick });
  const deathOf = (part) => deaths?.map((one) => one[part]) ?? null;
  const nextMs = Math.round(median(cold)) + 1_000;
  report('@tale/local-engine', [
    taken('G2.1', 'start of the process to its port, p50', 300, parent),
    taken('G2.2', 'cold call to the first piece, p50', 2_500, cold),
    added('G3.1', 'HTTP and IPC, added per token, p50', 0.5, 'perTokenMs'),
    added('G3.2', 'HTTP and IPC, added to the first piece, p50', 10, 'firstMs'),
    taken('G7.1', 'child killed to the line with the error, p50', 250, deathOf('errorMs')),
    taken('G7.2', 'next call to its first piece, p50 (target: a cold call and 1 s)', nextMs, deathOf('nextMs')),
    ...native,
  ]);
} finally {
  await engine?.close();
  await rm(folder, { recursive: true, force: true });
}
