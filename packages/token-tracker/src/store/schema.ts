/** Length of a rollup bucket. Local days of +5:30 and +5:45 do not start on a full UTC hour. */
export const bucketMs = 900_000;

const identityColumns = [
  'id',
  'request_id',
  'started_at',
  'process_id',
  'origin',
  'task_id',
  'step_id',
  'session_id',
  'user_id',
  'project',
  'backend',
  'provider',
  'model',
  'role',
  'op',
  'attempt',
  'est_in_tok',
] as const;

/** What settling writes, beside `settle_seq` and `crc`. */
const settledColumns = [
  'model_digest',
  'status',
  'source',
  'meta',
  'ended_at',
  'error_type',
  'finish_reason',
  'in_tok',
  'out_tok',
  'cache_read_tok',
  'cache_write_tok',
  'reasoning_tok',
  'reserved_tok',
  'dur_ms',
  'queue_ms',
  'load_ms',
  'ttft_ms',
  'prefill_ms',
  'decode_ms',
  'cost_nano',
  'price_id',
] as const;

export type SettledColumn = (typeof settledColumns)[number];
export type CallColumn = (typeof identityColumns)[number] | SettledColumn;
export type CallValues = { readonly [column in CallColumn]: string | number | null };

export const columns = {
  /** All but `settle_seq` and `crc`, in the order of the check sum. */
  all: [...identityColumns, ...settledColumns] as readonly CallColumn[],
  opened: [...identityColumns, 'model_digest', 'status', 'source', 'meta'] as readonly CallColumn[],
  settled: settledColumns as readonly SettledColumn[],
};

/** Tables and indexes, version 1. */
export const tables: readonly string[] = [
  `CREATE TABLE tokens_calls (
    id TEXT PRIMARY KEY NOT NULL, request_id TEXT, started_at INTEGER NOT NULL, ended_at INTEGER, settle_seq INTEGER, process_id TEXT,
    origin TEXT NOT NULL DEFAULT '', task_id TEXT, step_id TEXT, session_id TEXT, user_id TEXT, project TEXT NOT NULL, backend TEXT,
    provider TEXT NOT NULL, model TEXT NOT NULL, model_digest TEXT, role TEXT NOT NULL CHECK (role IN ('ux', 'planning', 'embed')), op TEXT,
    attempt INTEGER, status TEXT NOT NULL CHECK (status IN ('open', 'ok', 'error', 'aborted', 'lost', 'refused')), error_type TEXT,
    finish_reason TEXT, source TEXT NOT NULL CHECK (source IN ('reported', 'partial', 'estimated')), in_tok INTEGER, out_tok INTEGER,
    cache_read_tok INTEGER, cache_write_tok INTEGER, reasoning_tok INTEGER, est_in_tok INTEGER, reserved_tok INTEGER, dur_ms INTEGER,
    queue_ms INTEGER, load_ms INTEGER, ttft_ms INTEGER, prefill_ms INTEGER, decode_ms INTEGER, cost_nano INTEGER, price_id INTEGER,
    meta TEXT, crc INTEGER,
    CHECK (coalesce(cache_read_tok, 0) + coalesce(cache_write_tok, 0) <= in_tok), CHECK (coalesce(reasoning_tok, 0) <= out_tok),
    CHECK (status = 'open' OR (in_tok >= 0 AND out_tok >= 0))) STRICT`,
  'CREATE INDEX tokens_calls_started ON tokens_calls (started_at)',
  'CREATE INDEX tokens_calls_task ON tokens_calls (task_id, started_at) WHERE task_id IS NOT NULL',
  'CREATE INDEX tokens_calls_session ON tokens_calls (session_id, started_at) WHERE session_id IS NOT NULL',
  'CREATE INDEX tokens_calls_settled ON tokens_calls (settle_seq) WHERE settle_seq IS NOT NULL',
  "CREATE INDEX tokens_calls_open ON tokens_calls (process_id) WHERE status = 'open'",
  `CREATE TABLE tokens_rollup (
    bucket INTEGER NOT NULL, origin TEXT NOT NULL, provider TEXT NOT NULL, model TEXT NOT NULL, role TEXT NOT NULL, project TEXT NOT NULL,
    source TEXT NOT NULL, calls INTEGER NOT NULL, errors INTEGER NOT NULL, in_tok INTEGER NOT NULL, out_tok INTEGER NOT NULL,
    cache_read_tok INTEGER NOT NULL, cache_read_calls INTEGER NOT NULL, cache_write_tok INTEGER NOT NULL,
    cache_write_calls INTEGER NOT NULL, reasoning_tok INTEGER NOT NULL, reasoning_calls INTEGER NOT NULL, dur_ms INTEGER NOT NULL,
    PRIMARY KEY (bucket, origin, provider, model, role, project, source)) STRICT, WITHOUT ROWID`,
  `CREATE TABLE tokens_tasks (
    task_id TEXT PRIMARY KEY NOT NULL, kind TEXT, outcome TEXT, calls INTEGER NOT NULL, in_tok INTEGER NOT NULL, out_tok INTEGER NOT NULL,
    started_at INTEGER, ended_at INTEGER) STRICT, WITHOUT ROWID`,
  `CREATE TABLE tokens_processes (
    process_id TEXT PRIMARY KEY NOT NULL, pid INTEGER NOT NULL, host TEXT NOT NULL, started_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL) STRICT, WITHOUT ROWID`,
];
