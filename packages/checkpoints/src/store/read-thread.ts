import type { Kysely } from 'kysely';
import { CheckpointError } from '../errors.js';
import type { Damage, StepInfo, StepsOptions, Verification } from '../types.js';
import { type Replayed, readStep, replay } from './replay.js';
import { type CheckpointTables, format, kinds, type ThreadRow } from './schema.js';

type Tables = Kysely<CheckpointTables>;

/** The row of a thread, `null` if there is none. Throws `unknown-format` for one of a newer version. */
export async function readHead(db: Tables, threadId: string): Promise<ThreadRow | null> {
  const row = await db.selectFrom('ckpt_thread').selectAll().where('id', '=', threadId).executeTakeFirst();
  if (row && row.format > format) {
    throw new CheckpointError(
      'unknown-format',
      `Thread ${threadId} has format ${row.format}; this version reads up to ${format}. Update @tale/checkpoints.`,
      { threadId },
    );
  }
  return row ?? null;
}

/** The state after the last good step up to `step`, and the first damage that was met on the way. */
export async function readState(
  db: Tables,
  head: ThreadRow,
  step: number,
): Promise<{ last: Replayed | null; damage: Damage | null }> {
  let damage: Damage | null = null;
  let to = step;
  for (;;) {
    const base = await lastBase(db, head.id, to);
    const rows = await readRows(db, head.id, base ?? 1, to);
    const headHash = to === head.head ? head.head_hash : null;
    const { last, damaged } = await replay({ rows, from: base ?? 1, to, headHash });
    damage ??= damaged[0] ?? null;
    if (last || base === null) return { last, damage };
    to = base - 1; // the whole state of that step is lost: what is before it may be good
  }
}

/** Checks every row of a thread. */
export async function verifyThread(db: Tables, head: ThreadRow): Promise<Verification> {
  const rows = await readRows(db, head.id, 1, Number.MAX_SAFE_INTEGER);
  const { last, damaged } = await replay({ rows, from: 1, to: head.head, headHash: head.head_hash });
  const beyond = rows.filter((row) => row.first_step > head.head);
  const all = [...damaged, ...beyond.map((row) => ({ step: row.first_step, reason: 'head' as const }))];
  return { threadId: head.id, head: head.head, damaged: all, lastGoodStep: last?.step ?? 0 };
}

/** The good steps in a range. */
export async function listSteps(db: Tables, head: ThreadRow, options: StepsOptions): Promise<StepInfo[]> {
  const { from = 1, to = head.head, label } = options;
  const named = await db
    .selectFrom('ckpt_label')
    .select(['step', 'name'])
    .where('thread', '=', head.id)
    .where('step', '>=', from)
    .where('step', '<=', to)
    .orderBy('name')
    .execute();
  const labels = new Map<number, string[]>();
  for (const { step, name } of named) labels.set(step, [...(labels.get(step) ?? []), name]);
  const infos: StepInfo[] = [];
  for (const row of await readRows(db, head.id, from, to)) {
    const names = labels.get(row.first_step) ?? [];
    if (label !== undefined && !names.includes(label)) continue;
    const record = await readStep(row, null, null);
    if ('reason' in record) continue;
    const { step, atMs, meta } = record;
    const hash = Buffer.from(row.hash).toString('hex');
    infos.push({ step, atMs, meta, labels: names, rawBytes: row.raw_bytes, hash });
  }
  return infos;
}

async function lastBase(db: Tables, threadId: string, to: number): Promise<number | null> {
  const row = await db
    .selectFrom('ckpt_block')
    .select((eb) => eb.fn.max('first_step').as('step'))
    .where('thread', '=', threadId)
    .where('kind', '=', kinds.base)
    .where('first_step', '<=', to)
    .executeTakeFirst();
  return row?.step ?? null;
}

function readRows(db: Tables, threadId: string, from: number, to: number) {
  return db
    .selectFrom('ckpt_block')
    .selectAll()
    .where('thread', '=', threadId)
    .where('first_step', '>=', from)
    .where('first_step', '<=', to)
    .orderBy('first_step')
    .execute();
}
