import { fileURLToPath } from 'node:url';
import type { ServerSpec } from '../types.js';

/** How the test server behaves; without any it becomes ready and stays so. */
export interface TestBehaviour {
  /** Exits at once with this code instead of becoming ready. */
  readonly exitCode?: number;
  /** Never becomes ready. */
  readonly hangs?: boolean;
  /** Becomes ready after so long, ms. */
  readonly readyAfterMs?: number;
  /** Needs so long for a stop unless its drain is cut, ms. */
  readonly drainsForMs?: number;
  /** Does not end at SIGTERM or when it is asked to stop. */
  readonly ignoresStop?: boolean;
  /** Starts a process of its own that ignores SIGTERM; `GET /` answers with its id. */
  readonly hasGrandchild?: boolean;
  /** Printed at the start, the text as it stands. */
  readonly stdout?: string;
  /** Printed at the start, the text as it stands. */
  readonly stderr?: string;
}

/**
 * Spec of a real, small server for tests. It listens on its port and answers `GET /` with
 * `{ pid, server, instance, nonce, port, servers, grandchild, env, arguments }`. `POST /exit?code=7`, `/crash`, `/block?ms=5000`,
 * `/degraded?reason=x`, `/print?text=x`, `/memory?bytes=x` make it exit, throw, block its event loop, report, print to stderr, grow.
 */
export function testServer(
  name: string,
  behaviour: TestBehaviour = {},
  spec: Partial<Omit<ServerSpec, 'name'>> = {},
): ServerSpec {
  return {
    name,
    file: fileURLToPath(new URL('./test-server-main.js', import.meta.url)),
    command: null,
    instances: 1,
    order: 1,
    port: { wanted: 0, fallback: true },
    ready: { by: 'ipc', timeoutMs: 30_000 },
    drainMs: 5_000,
    stopMs: 5_000,
    memoryLimitBytes: null,
    ...spec,
    env: { TALE_TEST_BEHAVIOUR: JSON.stringify(behaviour), ...spec.env },
  };
}
