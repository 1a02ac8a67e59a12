// The seams of the architecture: what one package hands out is what another one takes. None imports the other.
import type { Guard as CheckpointGuard, Writer as CheckpointWriter } from '@tale/checkpoints';
import type * as pool from '@tale/model-pool';
import type { RemotePool } from '@tale/model-pool/remote';
import type * as protocol from '@tale/protocol';
import type * as supervisor from '@tale/supervisor';
import type * as tasks from '@tale/tasks';
import type * as tracker from '@tale/token-tracker';
import { expectTypeOf } from 'vitest';

// 1. Calls: the pool's records are the tracker's input, and the tracker is the pool's gate.
expectTypeOf<pool.CallStart>().toExtend<tracker.CallStart>();
expectTypeOf<pool.CallEnd>().toExtend<tracker.CallEnd>();
expectTypeOf<tracker.TokenTracker>().toExtend<pool.CallGate>();
expectTypeOf<protocol.CallLabels>().toExtend<pool.Labels>();
expectTypeOf<pool.Labels>().toExtend<protocol.CallLabels>();

// A remote pool has the call interface of the pool itself.
expectTypeOf<RemotePool['call']>().parameters.toEqualTypeOf<Parameters<pool.ModelPool['call']>>();
expectTypeOf<RemotePool['generate']>().toEqualTypeOf<pool.ModelPool['generate']>();

// 2. Tasks: stored events and records are what the protocol shows.
expectTypeOf<tasks.TaskEvent>().toExtend<protocol.TaskEvent>();
expectTypeOf<tasks.TaskSummary>().toExtend<protocol.TaskFacts>();
expectTypeOf<tasks.TaskRecord>().toExtend<protocol.TaskFacts>();
expectTypeOf<tasks.TaskRun>().toExtend<protocol.RunFacts>();
expectTypeOf<tasks.EndState>().toEqualTypeOf<protocol.EndState>();
expectTypeOf<tasks.TaskState>().toEqualTypeOf<protocol.TaskState>();
expectTypeOf<tracker.TaskUsage>().toExtend<protocol.TaskUsage>();

// A checkpoint is written under the guard of a lease, and one writer of a process serves every storing library.
expectTypeOf<tasks.Guard>().toExtend<CheckpointGuard>();
expectTypeOf<tasks.Writer>().toExtend<CheckpointWriter>();
expectTypeOf<tasks.Writer>().toExtend<tracker.Writer>();
expectTypeOf<CheckpointWriter>().toExtend<tasks.Writer>();

// 4. Protocol: errors of all packages become one envelope; the runtime file is one.
expectTypeOf<tasks.ErrorEnvelope>().toExtend<protocol.ErrorEnvelope>();
expectTypeOf<supervisor.RuntimeServer>().toExtend<protocol.RuntimeServer>();
