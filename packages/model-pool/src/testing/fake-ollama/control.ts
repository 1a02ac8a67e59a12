import type { IncomingMessage, ServerResponse } from 'node:http';
import { FakeDoor } from './door.js';
import type { FakeOllama } from './fake-ollama.js';
import type { FakeFault } from './faults.js';
import type { FlapOptions } from './state.js';

/** What steers a fake from another process. */
export interface FakeControl extends AsyncDisposable {
  /** Where it listens: also while the fake itself refuses connections. */
  readonly url: string;
  /** Stops listening. */
  close(): Promise<void>;
}

interface Order extends FlapOptions {
  readonly faults?: readonly FakeFault[];
  readonly model?: string;
  readonly contextTokens?: number;
}

/** What can be asked and ordered; an order is answered once it is carried out. */
const orders: Readonly<Record<string, (fake: FakeOllama, order: Order) => unknown>> = {
  'GET /fake/log': ({ log }) => ({ log }),
  'GET /fake/state': (fake) => ({ slots: fake.slots(), resident: fake.resident(), loads: fake.loads }),
  'POST /fake/faults': (fake, { faults = [] }) => fake.set(...faults),
  'POST /fake/evict': (fake, { model = '' }) => fake.evict(model),
  'POST /fake/reload': (fake, { model = '', contextTokens }) => fake.reload(model, contextTokens),
  'POST /fake/restart': (fake, { downMs }) => fake.restart(downMs),
  'POST /fake/flap': (fake, order) => fake.flap(order),
  'POST /fake/run-out-of-memory': (fake) => fake.runOutOfMemory(),
  'POST /fake/change-digest': (fake, { model = '' }) => fake.changeDigest(model),
};

async function obey(fake: FakeOllama, request: IncomingMessage): Promise<{ status: number; body: unknown }> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const run = orders[`${request.method} ${request.url}`];
  if (run === undefined) return { status: 404, body: { orders: Object.keys(orders) } };
  const text = Buffer.concat(parts).toString('utf8');
  return { status: 200, body: (await run(fake, text === '' ? {} : (JSON.parse(text) as Order))) ?? {} };
}

/** Opens an HTTP interface that does with a fake what its methods do. */
export async function startFakeControl(fake: FakeOllama): Promise<FakeControl> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { status, body } = await obey(fake, request).catch((error: unknown) => ({
      status: 400,
      body: { error: String(error) },
    }));
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  const door = await FakeDoor.open(0, (request, response) => void answer(request, response));
  const close = () => door.shut();
  return { url: `http://127.0.0.1:${door.port}`, close, [Symbol.asyncDispose]: close };
}
