import type { EventEmitter } from 'node:events';
import type Database from 'better-sqlite3';
import type { Kysely } from 'kysely';
import { expectTypeOf } from 'vitest';
import type {
  CallEnd,
  CallGate,
  CallHandle,
  CallStart,
  createTokenTracker,
  DroppedRecord,
  migrateTokens,
  Report,
  SqliteHandle,
  TaskModelSums,
  TaskUsage,
  TokenTracker,
  TokenTrackerOptions,
} from '../src/index.js';
import type { readSqlite, Script, SqliteReader, taskUsageScript } from '../src/queries/index.js';

expectTypeOf<typeof createTokenTracker>().toEqualTypeOf<(options: TokenTrackerOptions) => TokenTracker>();
expectTypeOf<typeof migrateTokens>().toBeCallableWith({} as Kysely<{ other: { id: string } }>);
expectTypeOf<TokenTracker>().toExtend<CallGate>();
expectTypeOf<TokenTracker['begin']>().toEqualTypeOf<(call: CallStart) => Promise<CallHandle>>();
expectTypeOf<CallHandle>().toEqualTypeOf<{
  progress(outputTokens: number): Promise<void>;
  settle(end: CallEnd): Promise<void>;
}>();
expectTypeOf<Awaited<ReturnType<TokenTracker['endTask']>>>().toEqualTypeOf<TaskModelSums[]>();
expectTypeOf<Awaited<ReturnType<TokenTracker['report']>>>().toEqualTypeOf<Report>();
expectTypeOf<Awaited<ReturnType<TokenTracker['taskUsages']>>>().toEqualTypeOf<Map<string, TaskUsage>>();
expectTypeOf<TokenTracker['events']>().toExtend<
  EventEmitter<{ 'call-settled': [CallEnd]; 'record-dropped': [DroppedRecord] }>
>();
expectTypeOf<Database.Database>().toExtend<SqliteHandle>();
expectTypeOf<Database.Database>().toExtend<SqliteReader>();
expectTypeOf<typeof taskUsageScript>().returns.toEqualTypeOf<Script<TaskUsage>>();
expectTypeOf<typeof readSqlite<TaskUsage>>().returns.toEqualTypeOf<TaskUsage>();
