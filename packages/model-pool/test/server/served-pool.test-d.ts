import { expectTypeOf } from 'vitest';
import type { ModelPool } from '../../src/index.js';
import type { RemotePool } from '../../src/remote/index.js';
import type { createPoolHandler, ServedPool } from '../../src/server/index.js';

expectTypeOf<ModelPool>().toExtend<ServedPool>();
expectTypeOf<RemotePool>().toExtend<ServedPool>();
expectTypeOf<Parameters<typeof createPoolHandler>[0]>().toEqualTypeOf<ServedPool>();

// A remote is taken where a caller wants a pool's calls.
type Calls = Pick<
  ModelPool,
  'call' | 'generate' | 'embed' | 'decide' | 'subscribe' | 'load' | 'unload' | 'pin' | 'pull'
>;
expectTypeOf<RemotePool>().toExtend<Calls>();
