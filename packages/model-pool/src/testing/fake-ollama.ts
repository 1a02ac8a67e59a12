import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemClock } from '../system.js';
import type { Clock, JsonObject } from '../types.js';
import { FakeExchange, type FakeRequest } from './fake-exchange.js';
import { type FakeFault, FakeFaultBox } from './fake-faults.js';
import { FakeMemory } from './fake-memory.js';
import { createRoutes, type FakeState } from './fake-routes.js';

/** A model that the fake has installed. */
export interface FakeModel {
  /** Its name. */
  readonly model: string;
  /** Size of its files. @defaultValue `1000000000` */
  readonly bytes?: number | undefined;
  /** What it can do. @defaultValue `['completion']` */
  readonly capabilities?: readonly string[] | undefined;
}

/** How fast the fake is. */
export interface FakeTiming {
  /** A load, ms. @defaultValue `0` */
  readonly loadMs?: number | undefined;
  /** Reading one token of a prompt, ms. @defaultValue `0` */
  readonly prefillMsPerToken?: number | undefined;
  /** Writing. @defaultValue no delay */
  readonly tokensPerSecond?: number | undefined;
  /** Length of an answer, tokens. @defaultValue `24` */
  readonly tokens?: number | undefined;
}

/** Options of {@link startFakeOllama}. */
export interface FakeOllamaOptions {
  /** Changes the words of the answers. @defaultValue `1` */
  readonly seed?: number | undefined;
  /** Installed models. @defaultValue one, named `fake:1b` */
  readonly models?: readonly FakeModel[] | undefined;
  /** Models that a pull finds. @defaultValue `pullable:1b` */
  readonly pullable?: readonly FakeModel[] | undefined;
  /** How fast it is. */
  readonly timing?: FakeTiming | undefined;
  /** What goes wrong from the start. */
  readonly faults?: readonly FakeFault[] | undefined;
  /** Bearer token that it asks for. */
  readonly token?: string | undefined;
  /** Says that it is another engine; it then counts along and reports cached tokens, as llama.cpp's server does. */
  readonly engine?: string | undefined;
  /** Where it listens. @defaultValue a free port */
  readonly port?: number | undefined;
  /** Time. @defaultValue the system's */
  readonly clock?: Clock | undefined;
}

/** A model in the memory of the fake. */
export interface FakeResident {
  /** Its name. */
  readonly model: string;
  /** Context, tokens. */
  readonly contextTokens: number;
  /** When it leaves, epoch ms. */
  readonly expiresAtMs: number;
}

/** A server that behaves as Ollama does, in this process. */
export interface FakeOllama extends AsyncDisposable {
  /** Where it listens; the same after faults and restarts. */
  readonly url: string;
  /** Every request so far, the open ones included. */
  readonly log: readonly FakeRequest[];
  /** Replaces all faults; none = all is well. Resolves once they are in force. */
  set(...faults: readonly FakeFault[]): Promise<void>;
  /** Requests that compute, by model. */
  slots(): Readonly<Record<string, number>>;
  /** Models in memory, the soonest to leave first. */
  resident(): readonly FakeResident[];
  /** How often each model was loaded. */
  readonly loads: Readonly<Record<string, number>>;
  /** Takes a model out of memory, as another client's load does. */
  evict(model: string): void;
  /** Loses everything in memory and every connection, as a restart does. */
  restart(): Promise<void>;
  /** Stops listening and ends all connections. May be called twice. */
  close(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<JsonObject | null> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8')) as JsonObject;
  } catch {
    return null;
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function stopListening(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Starts a fake Ollama on the loopback interface. */
export async function startFakeOllama(options: FakeOllamaOptions = {}): Promise<FakeOllama> {
  const clock = options.clock ?? systemClock;
  const faults = new FakeFaultBox();
  const memory = new FakeMemory(clock);
  const log: FakeRequest[] = [];
  const digestOf = (model: string) => createHash('sha256').update(model).digest('hex');
  const state: FakeState = {
    memory,
    faults,
    clock,
    models: new Map((options.models ?? [{ model: 'fake:1b' }]).map((model) => [model.model, model])),
    pullable: new Map((options.pullable ?? [{ model: 'pullable:1b' }]).map((model) => [model.model, model])),
    timing: {
      loadMs: options.timing?.loadMs ?? 0,
      prefillMsPerToken: options.timing?.prefillMsPerToken ?? 0,
      tokensPerSecond: options.timing?.tokensPerSecond ?? Number.POSITIVE_INFINITY,
      tokens: options.timing?.tokens ?? 24,
    },
    engine: options.engine ?? null,
    seed: options.seed ?? 1,
    digestOf,
    log,
    setFaults: (given) => set(...given),
  };
  const routes = createRoutes(state);
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    response.on('error', () => {});
    readBody(request)
      .then(async (body) => {
        const exchange = new FakeExchange(request, response, body, clock);
        log.push(exchange.entry);
        if (options.token !== undefined && exchange.entry.authorization !== `Bearer ${options.token}`) {
          exchange.json(401, { error: 'unauthorized' });
          return;
        }
        const route = routes.get(`${exchange.entry.method} ${exchange.entry.path}`);
        if (route === undefined) exchange.json(404, { error: '404 page not found' });
        else await route(exchange);
      })
      .catch(() => response.destroy());
  });
  const port = await listen(server, options.port ?? 0);
  let isListening = true;
  const stop = async () => {
    if (!isListening) return;
    isListening = false;
    await stopListening(server);
  };
  const open = async () => {
    if (isListening) return;
    await listen(server, port);
    isListening = true;
  };
  async function set(...given: readonly FakeFault[]): Promise<void> {
    faults.set(given);
    if (faults.refuses) await stop();
    else await open();
  }
  if (options.faults !== undefined) await set(...options.faults);
  const close = async () => {
    memory.clear();
    await stop();
  };
  return {
    url: `http://127.0.0.1:${port}`,
    log,
    set,
    slots: () => Object.fromEntries(memory.list().map(({ model, active }) => [model, active])),
    resident: () =>
      memory.list().map(({ model, contextTokens, expiresAtMs }) => ({ model, contextTokens, expiresAtMs })),
    loads: memory.loads,
    evict: (model) => memory.remove(model),
    restart: async () => {
      await stop();
      memory.clear();
      await open();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
