import { anthropicBackend } from '../../src/backends/anthropic/index.js';
import { createModelPool, type ModelPool, type ModelPoolOptions, type PoolEvent } from '../../src/index.js';
import { createRemotePool } from '../../src/remote/index.js';
import {
  type CallCapabilities,
  type CallCaseContext,
  type FakeAnthropicFaultKind,
  type FakeFault,
  type FakeFaultKind,
  type FakeOllamaOptions,
  startFakeAnthropic,
  startFakeOllama,
} from '../../src/testing/index.js';
import { serve } from './open-pool.js';

/** A port under test with what stands behind it. */
export interface OpenedPort extends CallCaseContext, AsyncDisposable {
  /** The pool that answers in the end. */
  readonly owner: ModelPool;
  /** Everything that it told. */
  readonly events: readonly PoolEvent[];
}

/** A kind of port that passes the call cases. */
export interface PortKind {
  readonly name: string;
  readonly capabilities: CallCapabilities;
  open(more?: Partial<ModelPoolOptions>): Promise<OpenedPort>;
}

const everything: CallCapabilities = {
  json: true,
  schema: true,
  tools: true,
  thinking: true,
  embed: true,
  decide: true,
};
const names = { small: 'small:1b', large: 'large:8b', vectors: 'vectors:1b' };
const models = [{ model: names.small }, { model: names.large }, { model: names.vectors, capabilities: ['embedding'] }];

function optionsOf(backends: ModelPoolOptions['backends'], more: Partial<ModelPoolOptions>): ModelPoolOptions {
  const model = (name: keyof typeof names, think = false) => ({
    backend: 'fake',
    model: names[name],
    contextTokens: 4096,
    think,
  });
  return {
    backends,
    models: { small: model('small'), large: model('large', true), vectors: model('vectors') },
    roles: { ux: { candidates: ['small'] }, planning: { candidates: ['large'] }, embed: { candidates: ['vectors'] } },
    ...more,
  };
}

function watched(options: ModelPoolOptions) {
  const owner = createModelPool(options);
  const events: PoolEvent[] = [];
  owner.subscribe((event) => events.push(event));
  return { owner, events };
}

function onFake(
  name: string,
  fakeOptions: FakeOllamaOptions,
  backendOf: (url: string) => ModelPoolOptions['backends'],
): PortKind {
  return {
    name,
    capabilities: everything,
    async open(more = {}) {
      const fake = await startFakeOllama({ models, ...fakeOptions });
      const { owner, events } = watched(optionsOf(backendOf(fake.url), more));
      return {
        pool: owner,
        owner,
        events,
        fake,
        async [Symbol.asyncDispose]() {
          await owner.close();
          await fake.close();
        },
      };
    },
  };
}

/** A pool on Ollama. */
export const onOllama: PortKind = onFake('a pool on Ollama', {}, (url) => ({ fake: { kind: 'ollama', url } }));
/** A pool on an engine with Ollama's API and more. */
export const onEngine: PortKind = onFake('a pool on another engine', { engine: 'other' }, (url) => ({
  fake: { kind: 'ollama', url },
}));
/** A pool on llama-server. */
export const onLlamaServer: PortKind = onFake('a pool on llama-server', { serves: 'llama-server' }, (url) => ({
  fake: { kind: 'openai', url },
}));

/** A client of a served pool. */
export const remotely: PortKind = {
  name: 'a remote of a served pool',
  capabilities: everything,
  async open(more) {
    const opened = await onOllama.open(more);
    const served = await serve(opened.owner);
    const pool = createRemotePool({ url: served.url });
    return {
      ...opened,
      pool,
      async [Symbol.asyncDispose]() {
        await pool.close();
        await served.close();
        await opened[Symbol.asyncDispose]();
      },
    };
  },
};

/** What the faults of the cases are in Claude's API. */
const claudeFaults: Readonly<Partial<Record<FakeFaultKind, FakeAnthropicFaultKind>>> = {
  'no-done': 'no-stop',
  'status-503': 'status-529',
  'utf8-split': 'utf8-split',
};

/** A pool on the Claude API. */
export const onClaude: PortKind = {
  name: 'a pool on the Claude API',
  capabilities: { ...everything, embed: 'the Claude API makes no vectors' },
  async open(more = {}) {
    const fake = await startFakeAnthropic({ apiKey: 'key' });
    const model = (name: string, think = false) => ({ backend: 'claude', model: name, contextTokens: 200_000, think });
    const { owner, events } = watched({
      backends: { claude: anthropicBackend({ apiKey: 'key', baseUrl: fake.url }) },
      models: { small: model('claude-haiku-5-5'), large: model('claude-opus-5-5', true) },
      roles: { ux: { candidates: ['small'] }, planning: { candidates: ['large'] } },
      ...more,
    });
    return {
      pool: owner,
      owner,
      events,
      models: { ux: 'claude-haiku-5-5', planning: 'claude-opus-5-5' },
      fake: {
        log: fake.log,
        slots: () => ({ all: fake.log.filter(({ end }) => end === 'open').length }),
        set: (...faults: readonly FakeFault[]) =>
          fake.set(
            ...faults.flatMap(({ kind, times, after }) => {
              const claude = claudeFaults[kind];
              return claude === undefined ? [] : [{ kind: claude, times, after }];
            }),
          ),
      },
      async [Symbol.asyncDispose]() {
        await owner.close();
        await fake.close();
      },
    };
  },
};

/** Every kind of port. */
export const portKinds: readonly PortKind[] = [onOllama, onEngine, onLlamaServer, onClaude, remotely];
