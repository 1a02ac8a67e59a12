// Goal T1: what a live call costs its caller, on the built package. One process, NORMAL, no budgets, automatic checkpoints off and a checkpointer in
// another thread (PASSIVE each 250 ms, TRUNCATE above 32 MB). The median is of calls without a pause, the tails of one call a millisecond.
// Options: --json (the document of the acceptance convention on stdout), --only T1.1,… --quick --check
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';

const open = (path, timeout) => {
  const sqlite = new Database(path, { timeout });
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = NORMAL');
  sqlite.pragma('wal_autocheckpoint = 0');
  return sqlite;
};

if (isMainThread) await main();
else checkpoint(workerData);

function checkpoint(path) {
  const sqlite = open(path, 1_000);
  const timer = setInterval(() => {
    const large = statSync(`${path}-wal`).size > 32_000_000;
    sqlite.pragma(`wal_checkpoint(${large ? 'TRUNCATE' : 'PASSIVE'})`);
  }, 250);
  parentPort.once('message', () => {
    clearInterval(timer);
    sqlite.close();
  });
}

/** The same two transactions written by hand for one kind of call, without check sum, retries or memory: what SQLite itself costs. */
function byHand(sqlite) {
  const prepare = (text) => sqlite.prepare(text);
  const open =
    prepare(`INSERT INTO tokens_calls (id, request_id, started_at, process_id, task_id, session_id, project, backend, provider, model, role, op,
    attempt, est_in_tok, model_digest, status, source, meta) VALUES (?, ?, ?, 'bench', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open', 'estimated', '{}')`);
  const close =
    prepare(`UPDATE tokens_calls SET status = ?, source = ?, in_tok = ?, out_tok = ?, ended_at = ?, dur_ms = ?, settle_seq =
    (SELECT coalesce(max(settle_seq), 0) + 1 FROM tokens_calls WHERE settle_seq IS NOT NULL) WHERE id = ? AND status = 'open'`);
  const rollup =
    prepare(`INSERT INTO tokens_rollup VALUES (?, '', ?, ?, ?, ?, ?, 1, 0, ?, ?, 0, 0, 0, 0, 0, 0, ?) ON CONFLICT DO UPDATE SET
    calls = calls + 1, in_tok = in_tok + excluded.in_tok, out_tok = out_tok + excluded.out_tok, dur_ms = dur_ms + excluded.dur_ms`);
  const task =
    prepare(`INSERT INTO tokens_tasks (task_id, calls, in_tok, out_tok, started_at) VALUES (?, 1, ?, ?, ?) ON CONFLICT DO UPDATE SET
    calls = calls + 1, in_tok = in_tok + excluded.in_tok, out_tok = out_tok + excluded.out_tok`);
  const begin = sqlite.transaction((call) => {
    const { labels } = call;
    open.run(
      call.callId,
      call.requestId,
      call.startedAtMs,
      labels.taskId,
      labels.conversationId,
      labels.project,
      call.backend,
      call.provider,
      call.model,
      call.role,
      call.operation,
      call.attempt,
      call.estimatedInputTokens,
      call.modelDigest,
    );
  }).immediate;
  const settle = sqlite.transaction((end) => {
    const { usage, timing, labels } = end;
    if (
      close.run(
        end.status,
        usage.source,
        usage.inputTokens,
        usage.outputTokens,
        end.endedAtMs,
        timing.durationMs,
        end.callId,
      ).changes === 0
    )
      return;
    const bucket = end.startedAtMs - (end.startedAtMs % 900_000);
    rollup.run(
      bucket,
      end.provider,
      end.model,
      end.role,
      labels.project,
      usage.source,
      usage.inputTokens,
      usage.outputTokens,
      timing.durationMs,
    );
    task.run(labels.taskId, usage.inputTokens, usage.outputTokens, end.startedAtMs);
  }).immediate;
  return (start, end) => {
    begin(start);
    settle(end);
  };
}

async function measure(calls, pauseMs) {
  const { Kysely, SqliteDialect } = await import('kysely');
  const { createTokenTracker, migrateTokens } = await import('@tale/token-tracker');
  const { fakeCallEnd, fakeCallStart } = await import('@tale/token-tracker/testing');
  // A real disk, not a file system in memory: TALE_BENCH_DIR replaces the system's folder for temporary files.
  const folder = mkdtempSync(join(process.env.TALE_BENCH_DIR ?? tmpdir(), 'tale-bench-'));
  const migrated = async (name, timeout) => {
    const path = join(folder, name);
    const kysely = new Kysely({ dialect: new SqliteDialect({ database: open(path, 20) }) });
    await migrateTokens(kysely);
    const checkpointer = new Worker(new URL(import.meta.url), { workerData: path });
    return { kysely, sqlite: open(path, timeout), checkpointer };
  };
  const ours = await migrated('ours.db', 20);
  const theirs = await migrated('by-hand.db', 1_000);
  const tracker = createTokenTracker(ours);
  const peerCall = byHand(theirs.sqlite);
  const peer = [];
  const begin = [];
  const settle = [];
  const warmUp = 300;
  try {
    for (let index = 0; index < calls + warmUp; index++) {
      const labels = { ...fakeCallStart().labels, taskId: `task-${index >> 3}`, conversationId: `chat-${index >> 6}` };
      const start = fakeCallStart({ labels, model: `model-${index % 4}`, role: index % 4 ? 'planning' : 'ux' });
      const end = fakeCallEnd(start);
      const startMs = performance.now();
      const handle = await tracker.begin(start);
      const begunMs = performance.now();
      await handle.settle(end);
      const settledMs = performance.now();
      if (pauseMs > 0) await sleep(pauseMs);
      const peerMs = performance.now();
      peerCall(start, end);
      if (index >= warmUp) {
        peer.push(performance.now() - peerMs);
        begin.push(begunMs - startMs);
        settle.push(settledMs - begunMs);
      }
      if (pauseMs > 0) await sleep(pauseMs);
    }
    if (!(await tracker.verify()).ok) throw new Error('the sums differ from their calls');
  } finally {
    await tracker.close();
    for (const { kysely, sqlite, checkpointer } of [ours, theirs]) {
      checkpointer.postMessage('end');
      await new Promise((resolve) => checkpointer.once('exit', resolve));
      await kysely.destroy();
      sqlite.close();
    }
    rmSync(folder, { recursive: true, force: true });
  }
  return { begin, settle, peer };
}

async function main() {
  const flags = { json: 'boolean', quick: 'boolean', check: 'boolean', only: 'string' };
  const { values } = parseArgs({
    args: process.argv.slice(2).filter((argument) => argument !== '--'),
    options: Object.fromEntries(Object.entries(flags).map(([name, type]) => [name, { type }])),
  });
  const n = values.quick ? 500 : 5_000;
  const load = loadavg()[0];
  const flatOut = await measure(n, 0);
  const { begin, settle } = await measure(n, 1);
  const quantile = (list, part) => [...list].sort((one, other) => one - other)[Math.floor(part * (list.length - 1))];
  const together = flatOut.begin.map((ms, index) => ms + flatOut.settle[index]);
  const peers = {
    'T1.1': { name: 'the same statements by hand, better-sqlite3', value: quantile(flatOut.peer, 0.5) * 1_000 },
  };
  const slow = [...begin, ...settle].filter((ms) => ms > 1).length;
  const figures = [
    ['T1.1', 'begin and settle together, p50', quantile(together, 0.5) * 1_000, 'µs', '<=', 100, n],
    ['T1.2', 'begin, p99', quantile(begin, 0.99), 'ms', '<=', 0.5, n],
    ['T1.3', 'settle, p99', quantile(settle, 0.99), 'ms', '<=', 0.5, n],
    ['T1.4', 'begin and settle over 1 ms, with a checkpointer', (slow / (2 * n)) * 100, '%', '<', 0.3, 2 * n],
  ].map(([id, what, value, unit, op, target, count]) => ({
    id,
    what,
    value: Number(value.toPrecision(3)),
    unit,
    op,
    target,
    n: count,
    ...(peers[id] && { peer: { ...peers[id], value: Number(peers[id].value.toPrecision(3)) } }),
    holds: op === '<' ? value < target : value <= target,
  }));
  const wanted = values.only?.split(',');
  const shown = figures.filter(({ id }) => !wanted || wanted.some((each) => id === each || id.startsWith(`${each}.`)));
  for (const { id, what, value, unit, op, target, holds, peer } of shown) {
    const beside = peer ? `; ${peer.name}: ${peer.value} ${unit}` : '';
    console.error(`${id} ${what}: ${value} ${unit} (${op} ${target}: ${holds ? 'holds' : 'does not hold'}${beside})`);
  }
  const facts = { package: '@tale/token-tracker', node: process.version, cpus: cpus().length, load };
  if (values.json) console.log(JSON.stringify({ format: 'tale-bench/1', ...facts, figures: shown }));
  if (values.check && !shown.every(({ holds }) => holds)) process.exitCode = 1;
}
