// Every package's error has the facts of an envelope, and every code of a package is one that the protocol knows.
import type { CheckpointError } from '@tale/checkpoints';
import type { ConfigError } from '@tale/config';
import type { ContextError } from '@tale/context';
import type { LocalEngineError } from '@tale/local-engine';
import type { McpTransportError } from '@tale/mcp-transport';
import type { ModelPoolError } from '@tale/model-pool';
import type { ErrorEnvelope, ProtocolError, TaleErrorCode } from '@tale/protocol';
import type { SupervisorError } from '@tale/supervisor';
import type { TasksError } from '@tale/tasks';
import type { TokenTrackerError } from '@tale/token-tracker';
import { expectTypeOf } from 'vitest';

type PackageError =
  | CheckpointError
  | ConfigError
  | ContextError
  | LocalEngineError
  | McpTransportError
  | ModelPoolError
  | ProtocolError
  | SupervisorError
  | TasksError
  | TokenTrackerError;

expectTypeOf<PackageError>().toExtend<Pick<ErrorEnvelope, 'code' | 'message' | 'retryable'>>();
expectTypeOf<PackageError['code']>().toExtend<TaleErrorCode>();
