import type { Kysely } from 'kysely';
import { expectTypeOf } from 'vitest';
import {
  type Appended,
  type AppendOptions,
  type Change,
  type Checkpoint,
  CheckpointError,
  type CheckpointErrorCode,
  type Checkpoints,
  createCheckpoints,
  formatCheckpointId,
  migrateCheckpoints,
  parseCheckpointId,
  type StepInfo,
  type Thread,
  type Verification,
  type Writer,
} from '../src/index.js';

declare const kysely: Kysely<{ mine: { id: string } }>;
declare const writer: Writer;

const checkpoints = createCheckpoints({ kysely, writer, clock: Date, limits: { stateBytes: 1 } });
expectTypeOf(checkpoints).toEqualTypeOf<Checkpoints>();
expectTypeOf(migrateCheckpoints(kysely)).toEqualTypeOf<Promise<void>>();
expectTypeOf<Thread['append']>().toEqualTypeOf<(change: Change, options?: AppendOptions) => Promise<Appended>>();
expectTypeOf<Thread['load']>().toEqualTypeOf<(step?: number) => Promise<Checkpoint | null>>();
expectTypeOf<ReturnType<Thread['steps']>>().toEqualTypeOf<Promise<StepInfo[]>>();
expectTypeOf<ReturnType<Thread['verify']>>().toEqualTypeOf<Promise<Verification>>();
expectTypeOf<Appended>().toEqualTypeOf<{ readonly step: number; readonly hash: string }>();

const thread = checkpoints.thread('t');
void thread.append({
  ops: [
    ['=', ['a'], 1],
    ['-', ['a']],
    ['+', [], [1]],
    ['~', [], 0, 1, []],
    ['.', ['t'], 'x'],
  ],
});
void thread.append({ state: { a: 1 } }, { guard: async (trx) => (await trx.selectFrom('x').execute()).length > 0 });
// @ts-expect-error an unknown kind
void thread.append({ ops: [['*', ['a']]] });

expectTypeOf(formatCheckpointId('t', 1)).toEqualTypeOf<string>();
expectTypeOf(parseCheckpointId('t@1')).toEqualTypeOf<{ readonly threadId: string; readonly step: number } | null>();
expectTypeOf(new CheckpointError('conflict', '').code).toEqualTypeOf<CheckpointErrorCode>();
