import { expectTypeOf } from 'vitest';
import { connectSupervisor, type SupervisorConnection } from '../src/child/index.js';
import {
  createSupervisor,
  type LogLine,
  loadOrCreateToken,
  type RestartReport,
  type RuntimeFile,
  readLogs,
  readRuntimeFile,
  type ServerSpec,
  type ServerStatus,
  type Supervisor,
  type SupervisorError,
  type SupervisorErrorCode,
  type SupervisorOptions,
  type WantedPort,
} from '../src/index.js';

expectTypeOf(createSupervisor).toEqualTypeOf<(options: SupervisorOptions) => Supervisor>();
expectTypeOf(readRuntimeFile).toEqualTypeOf<(folder: string) => RuntimeFile | null>();
expectTypeOf(loadOrCreateToken).toEqualTypeOf<(folder: string) => string>();
expectTypeOf(readLogs).returns.resolves.toEqualTypeOf<readonly LogLine[]>();
expectTypeOf(connectSupervisor).returns.resolves.toEqualTypeOf<SupervisorConnection>();
expectTypeOf<Supervisor['start']>().returns.resolves.toEqualTypeOf<readonly ServerStatus[]>();
expectTypeOf<Supervisor['restart']>().returns.resolves.toEqualTypeOf<readonly RestartReport[]>();
expectTypeOf<Supervisor>().toExtend<AsyncDisposable>();
expectTypeOf<ServerSpec['port']>().toEqualTypeOf<WantedPort | null>();
expectTypeOf<SupervisorError['code']>().toEqualTypeOf<SupervisorErrorCode>();
expectTypeOf<ConstructorParameters<typeof SupervisorError>[0]>().toEqualTypeOf<SupervisorErrorCode>();
