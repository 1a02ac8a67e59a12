// Goal G11: every fault of the fake, once and each time, streamed and collected, to the end and aborted: the cases of `./testing`, which ask
// for a failure of the package or the whole answer, and afterwards for free slots and a next call that works. What the first call of a case
// came to is looked at here as well. Cases whose memory is measured go last, alone.
import { ModelPoolError } from '@tale/model-pool';
import { faultCases, faultCaseTimers, startFakeOllama } from '@tale/model-pool/testing';
import { modelOf, openPool } from './pools.mjs';
import { figure, flags } from './report.mjs';

const bombs = ['huge-line', 'gzip', 'endless'];
const atATime = 40;
const servers = {
  ollama: { serves: 'ollama', backend: (url) => ({ kind: 'ollama', url }) },
  'llama-server': { serves: 'llama-server', backend: (url) => ({ kind: 'openai', url }) },
};

/** What a call came to; the server says whether it sent all of its answer, or as much of it as was asked for. */
function judge({ text, error, finishReason }, sent) {
  if (error !== null) return ModelPoolError.isInstance(error) ? 'typed' : 'untyped';
  if (finishReason === 'length') return sent.text.startsWith(text) ? 'whole' : 'missing-text';
  return sent.end === 'done' && text === sent.text ? 'whole' : 'missing-text';
}

/** The newest request for text that the server got; what no text can carry is replaced, as in every answer. */
function newestText({ log }) {
  const request = log.findLast(({ body }) => (body?.messages?.length ?? 0) > 0);
  return { end: request?.end, text: (request?.text ?? '').replace(/\p{Surrogate}/gu, '\ufffd') };
}

/** A pool as the cases see it, which tells what their first call came to. */
function watchFirst(pool, onOutcome) {
  let tell = onOutcome;
  const told = (outcome) => {
    tell(outcome);
    tell = () => {};
  };
  return {
    async generate(request) {
      try {
        const { text, end, ...rest } = await pool.generate(request);
        told({ text, error: null, finishReason: end.finishReason });
        return { text, end, ...rest };
      } catch (error) {
        told({ text: '', error });
        throw error;
      }
    },
    async *call(request) {
      let [text, finishReason] = ['', null];
      try {
        for await (const event of pool.call(request)) {
          if (event.type === 'call-fallback' && event.dropText) text = '';
          if (event.type === 'text-delta') text += event.text;
          if (event.type === 'call-end') finishReason = event.finishReason;
          yield event;
        }
        told({ text, error: null, finishReason });
      } catch (error) {
        told({ text, error });
        throw error;
      }
    },
  };
}

async function play(oneCase, { serves, backend }) {
  const fake = await startFakeOllama({ models: [{ model: 'small:1b' }, { model: 'large:8b' }], serves });
  const pool = openPool(fake.url, {
    backends: { fake: backend(fake.url) },
    models: {
      small: modelOf('small:1b', { contextTokens: 4096 }),
      large: modelOf('large:8b', { contextTokens: 4096, think: true }),
    },
    roles: { ux: { candidates: ['small'] }, planning: { candidates: ['large'] } },
    memory: { budget: 1e12 },
    timers: faultCaseTimers(oneCase.kind),
    residency: { busyMs: 100, idleMs: 100 },
    random: () => 0,
  });
  let outcome = 'none';
  const watched = watchFirst(pool, (first) => {
    outcome = judge(first, newestText(fake));
  });
  const held = () => pool.status().lanes.reduce((sum, { waiting, running }) => sum + waiting + running, 0);
  try {
    await pool.start();
    await oneCase.run({ pool: watched, fake, held });
    return { outcome, failure: null };
  } catch (error) {
    return { outcome, failure: error };
  } finally {
    await pool.close();
    await fake.close();
  }
}

async function measure() {
  const chosen = flags.quick
    ? faultCases.filter(({ frequency, isCollected }) => frequency === 'always' && !isCollected)
    : faultCases;
  const jobs = Object.entries(flags.quick ? { ollama: servers.ollama } : servers).flatMap(([name, server]) =>
    chosen.map((oneCase) => ({ oneCase, server, name: `${name}: ${oneCase.name}` })),
  );
  const results = [];
  const work = async (queue) => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const { outcome, failure } = await play(job.oneCase, job.server);
      if (failure !== null) console.error(`G11 ${job.name}: ${failure.message}`);
      results.push({ outcome, isPassed: failure === null });
    }
  };
  const isBomb = ({ oneCase: { kind } }) => bombs.includes(kind);
  const many = jobs.filter((job) => !isBomb(job));
  await Promise.all(Array.from({ length: atATime }, () => work(many)));
  await work(jobs.filter(isBomb));
  const share =
    results.filter(({ outcome, isPassed }) => isPassed && ['typed', 'whole'].includes(outcome)).length / results.length;
  const missing = results.filter(({ outcome }) => outcome === 'missing-text').length;
  const n = results.length;
  return [
    figure(
      'G11.1',
      'faults that end as a typed failure or the whole answer, with nothing left behind, share',
      1,
      share,
      '',
      { op: '==', n },
    ),
    figure('G11.2', 'successes with text missing', 0, missing, 'calls', { op: '==', n }),
  ];
}

export const parts = [{ goals: ['G11'], measure }];
