import type { IncomingMessage, ServerResponse } from 'node:http';
import { expectTypeOf } from 'vitest';
import { type AnthropicBackendOptions, anthropicBackend } from '../src/backends/anthropic/index.js';
import {
  type BackendFactory,
  type CallEnd,
  type CallEvent,
  type CallGate,
  type CallRequest,
  type CallResult,
  type CallStart,
  createModelPool,
  estimateNeedBytes,
  type GateHandle,
  type ModelPool,
  type ModelPoolErrorCode,
  type ModelPoolOptions,
  type ModelStatus,
  type PoolEvent,
} from '../src/index.js';
import { createRemotePool, type RemotePool } from '../src/remote/index.js';
import { createPoolHandler } from '../src/server/index.js';
import { type CallPort, startFakeOllama } from '../src/testing/index.js';

expectTypeOf(createModelPool).toEqualTypeOf<(options: ModelPoolOptions) => ModelPool>();
expectTypeOf<ModelPool['call']>().toEqualTypeOf<(request: CallRequest) => AsyncIterableIterator<CallEvent>>();
expectTypeOf<ModelPool['generate']>().toEqualTypeOf<(request: CallRequest) => Promise<CallResult>>();
expectTypeOf<ModelPool['subscribe']>().toEqualTypeOf<(listener: (event: PoolEvent) => void) => () => void>();
expectTypeOf(anthropicBackend).toEqualTypeOf<(options: AnthropicBackendOptions) => BackendFactory>();
expectTypeOf(estimateNeedBytes).returns.toEqualTypeOf<number>();
expectTypeOf<ModelPool>().toExtend<CallPort>();
expectTypeOf<RemotePool>().toExtend<CallPort>();
expectTypeOf(createRemotePool).returns.toEqualTypeOf<RemotePool>();
expectTypeOf(createPoolHandler).returns.toEqualTypeOf<
  (request: IncomingMessage, response: ServerResponse) => Promise<boolean>
>();
expectTypeOf<CallGate['begin']>().toEqualTypeOf<(call: CallStart) => Promise<GateHandle>>();
expectTypeOf<Omit<CallStart, 'type'>>().toEqualTypeOf<
  Omit<
    CallEnd,
    'type' | 'endedAtMs' | 'status' | 'finishReason' | 'usage' | 'timing' | 'fallbackFrom' | 'coveredBy' | 'error'
  >
>();
expectTypeOf<CallEnd['status']>().toEqualTypeOf<'ok' | 'error' | 'aborted' | 'refused'>();
expectTypeOf<ModelStatus>().toExtend<{
  id: string;
  roles: readonly ('ux' | 'planning' | 'embed')[];
  contextTokens: number;
  maxOutputTokens: number;
  ready: boolean;
}>();
expectTypeOf<ModelPoolErrorCode>().toEqualTypeOf<
  | 'overloaded'
  | 'model-missing'
  | 'memory-insufficient'
  | 'load-failed'
  | 'load-timeout'
  | 'first-token-timeout'
  | 'stalled'
  | 'stream-broken'
  | 'backend-down'
  | 'context-too-long'
  | 'capability-missing'
  | 'rejected'
  | 'refused'
  | 'aborted'
  | 'configuration'
>();
expectTypeOf(startFakeOllama).returns.resolves.toHaveProperty('url').toEqualTypeOf<string>();
