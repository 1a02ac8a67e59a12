// What the benchmark measures, bundled with the package because Node 20 cannot parse `await using`. Each gets
// { open, child, quick } and returns figures without their targets.
import { setTimeout as sleep } from 'node:timers/promises';

const ms = (from) => Number(process.hrtime.bigint() - from) / 1e6;
const percentile = (values, share) =>
  values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
const submission = { kind: 'bench', title: 'a task', payload: { prompt: 'x'.repeat(1_000) } };

/** Callers that submit one task after the other, all through one group-committing writer. */
export async function submits({ open, quick }) {
  await using store = await open({ grouped: true });
  const perCaller = quick ? 20 : 100;
  const callers = 50;
  const latencies = [];
  const started = process.hrtime.bigint();
  await Promise.all(
    Array.from({ length: callers }, async (_, caller) => {
      for (let index = 0; index < perCaller; index++) {
        const asked = process.hrtime.bigint();
        await store.tasks.submit(submission, { key: `${caller}-${index}` });
        latencies.push(ms(asked));
      }
    }),
  );
  const totalMs = ms(started);
  const n = latencies.length;
  return { rate: { value: (n / totalMs) * 1_000, n }, p99: { value: percentile(latencies, 0.99), n } };
}

/** From the call of submit to the start of the handler, in the process of the submitter. */
export async function pickUp({ open, quick }) {
  await using store = await open({});
  const submitted = new Map();
  const latencies = [];
  let done = () => {};
  store.tasks.work({ slots: 1, server: 'bench' }, async ({ task }) => {
    latencies.push(ms(submitted.get(task.key)));
    done();
    return { result: '' };
  });
  const rounds = quick ? 50 : 300;
  for (let index = 0; index < rounds; index++) {
    const picked = new Promise((resolve) => {
      done = resolve;
    });
    submitted.set(`${index}`, process.hrtime.bigint());
    await store.tasks.submit(submission, { key: `${index}` });
    await picked;
    await sleep(5);
  }
  return { p95: { value: percentile(latencies, 0.95), n: rounds } };
}

/** The same into another process, which has no nudges; and from a cancel to its signal. */
export async function acrossProcesses({ open, child, quick }) {
  await using store = await open({});
  await using holder = await child(store.path);
  const rounds = quick ? 20 : 100;
  const pickUps = [];
  const cancels = [];
  const seen = async (type, taskId, asked) => Number(BigInt((await holder.message(type, taskId)).at) - asked) / 1e6;
  for (let index = 0; index < rounds; index++) {
    const submitted = process.hrtime.bigint();
    const { task } = await store.tasks.submit({ ...submission, payload: 'hold' });
    pickUps.push(await seen('start', task.id, submitted));
    await sleep(5);
    const asked = process.hrtime.bigint();
    await store.tasks.cancel(task.id, 'bench');
    cancels.push(await seen('stop', task.id, asked));
    await sleep(5);
  }
  const n = rounds;
  return { pickUp: { value: percentile(pickUps, 0.95), n }, cancel: { value: percentile(cancels, 0.95), n } };
}

/** One claim of one task among many that are ready. */
export async function claims({ open, quick }) {
  await using store = await open({});
  const ready = 100_000;
  const insert =
    store.sqlite.prepare(`insert into task_task (id, owner, kind, title, priority, rank, state, attempt, max_attempts,
    recoveries, runs, epoch, created_at, payload) values (?, '', 'bench', 'a task', 5, ?, 'ready', 1, 3, 0, 0, 0, 0, 'null')`);
  store.sqlite.transaction(() => {
    for (let index = 0; index < ready; index++)
      insert.run(`T${String(index).padStart(8, '0')}`, (index * 7_919) % ready);
  })();
  const rounds = quick ? 100 : 500;
  const latencies = [];
  for (let index = 0; index < rounds; index++) {
    const asked = process.hrtime.bigint();
    const request = { server: 'bench', slots: 1, kinds: null, leaseMs: 60_000, signal: AbortSignal.timeout(10_000) };
    await store.backend.claim(request);
    latencies.push(ms(asked));
  }
  return { p99: { value: percentile(latencies, 0.99), n: rounds, ready } };
}
