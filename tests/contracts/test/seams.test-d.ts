// The seams of the architecture: what one package hands out is what another one takes. None imports the other.
import type { Guard as CheckpointGuard, Writer as CheckpointWriter } from '@tale/checkpoints';
import type * as context from '@tale/context';
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

// 5. Context: what a window is fitted for, what is sent, and what is learnt of it come from the pool and the tracker.
expectTypeOf<pool.ModelStatus>().toExtend<Pick<context.ModelWindow, 'model' | 'contextTokens' | 'maxOutputTokens'>>();
expectTypeOf<NonNullable<pool.ModelStatus['digest']>>().toExtend<context.ModelWindow['digest']>();
expectTypeOf<'ux' | 'planning'>().toEqualTypeOf<context.ModelWindow['role']>();
expectTypeOf<context.FittedWindow['messages']>().toExtend<NonNullable<pool.CallRequest['messages']>>();
expectTypeOf<context.FittedPrompt['messages']>().toExtend<NonNullable<pool.CallRequest['messages']>>();
expectTypeOf<tracker.CallEnd['usage']['inputTokens']>().toExtend<context.Observation['promptTokens']>();
expectTypeOf<tracker.CallEnd['usage']['cacheReadTokens']>().toExtend<context.Observation['cachedTokens']>();
expectTypeOf<pool.ModelPoolErrorCode>().toExtend<NonNullable<context.Observation['error']>>();

// A stored task is a fact of a conversation; of its error a fact has the code.
type SharedFact = Omit<context.TaskFact, 'updatedAtMs' | 'error'>;
expectTypeOf<tasks.TaskSummary>().toExtend<SharedFact>();
expectTypeOf<tasks.TaskRecord>().toExtend<SharedFact>();
expectTypeOf<NonNullable<tasks.TaskRecord['error']>['code']>().toExtend<NonNullable<context.TaskFact['error']>>();

// The one writer of a process, and whoever logs, serve the context as well.
expectTypeOf<tasks.Writer>().toExtend<context.Writer>();
expectTypeOf<CheckpointWriter>().toExtend<context.Writer>();

// 6. Memory: what is remembered is what the protocol shows.
expectTypeOf<context.MemoryKind>().toEqualTypeOf<protocol.MemoryKind>();
expectTypeOf<context.MemoryState>().toEqualTypeOf<protocol.MemoryState>();
expectTypeOf<context.MemoryOrigin>().toEqualTypeOf<protocol.MemoryOrigin>();
expectTypeOf<context.MessageRole>().toEqualTypeOf<protocol.MessageView['role']>();
expectTypeOf<context.MessageStatus>().toEqualTypeOf<protocol.MessageView['status']>();
expectTypeOf<context.ForgetHit['kind']>().toEqualTypeOf<protocol.ForgetHit['kind']>();
expectTypeOf<context.ImportReport>().toExtend<protocol.ImportView>();
