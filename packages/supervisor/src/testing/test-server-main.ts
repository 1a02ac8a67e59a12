/** The program behind `testServer`; runs in a process of its own. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectSupervisor } from '../child/index.js';
import type { TestBehaviour } from './test-server.js';

const behaviour: TestBehaviour = JSON.parse(process.env.TALE_TEST_BEHAVIOUR ?? '{}');
const connection = await connectSupervisor();
const { server, instance, nonce, port } = connection;
const grown: Buffer[] = [];

const grandchild = behaviour.hasGrandchild
  ? spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  : null;
if (behaviour.stdout !== undefined) process.stdout.write(behaviour.stdout);
if (behaviour.stderr !== undefined) process.stderr.write(behaviour.stderr);
if (behaviour.exitCode !== undefined) process.exit(behaviour.exitCode);

const actions: Record<string, (parameters: URLSearchParams) => void> = {
  '/exit': (parameters) => process.exit(Number(parameters.get('code'))),
  '/crash': () =>
    setImmediate(() => {
      throw new Error('the test server crashed');
    }),
  '/block': (parameters) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(parameters.get('ms'))),
  '/degraded': (parameters) => connection.degraded(parameters.get('reason')),
  '/print': (parameters) => void process.stderr.write(`${parameters.get('text')}\n`),
  '/memory': (parameters) => void grown.push(Buffer.alloc(Number(parameters.get('bytes')), 1)),
};

const http = createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const action = request.method === 'POST' ? actions[url.pathname] : undefined;
  if (action) {
    // Answered first: some actions leave no time for it.
    response.end('{}', () => setTimeout(() => action(url.searchParams), 10));
    return;
  }
  const { pid, env, argv } = process;
  const { runtime: servers } = connection;
  response.setHeader('content-type', 'application/json');
  response.end(
    JSON.stringify({
      ...{ pid, server, instance, nonce, port, servers, env, arguments: argv },
      grandchild: grandchild?.pid ?? null,
    }),
  );
});
http.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EADDRINUSE' ? 4 : 1));

connection.onStop(async ({ drainMs, signal }) => {
  if (behaviour.ignoresStop) await new Promise(() => setInterval(() => {}, 1_000));
  if (drainMs > 0 && behaviour.drainsForMs !== undefined) {
    await sleep(behaviour.drainsForMs, undefined, { signal }).catch(() => {});
  }
  http.close();
  http.closeAllConnections();
});
http.listen(port, '127.0.0.1', async () => {
  if (behaviour.hangs) return;
  await sleep(behaviour.readyAfterMs ?? 0);
  const address = http.address();
  const bound = typeof address === 'object' && address ? address.port : port;
  connection.ready({ url: `http://127.0.0.1:${bound}` });
});
