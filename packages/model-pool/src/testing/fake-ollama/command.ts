import { parseArgs } from 'node:util';
import { type FakeControl, startFakeControl } from './control.js';
import { type FakeOllama, startFakeOllama } from './fake-ollama.js';
import { parseFakeFault } from './faults.js';
import type { FakeServes } from './options.js';

const usage = `tale-fake-ollama [options]
  --port N                   where it listens (0 = a free port)
  --model NAME[=BYTES]       an installed model; may be repeated
  --fault KIND[@AFTER][*TIMES] or a fault as JSON; may be repeated
  --load-ms N  --prefill-ms N  --tokens N  --tokens-per-second N  --jitter SHARE
  --slots N  --max-models N  --max-queue N  --memory-bytes N  --context-tokens N
  --seed N  --engine NAME  --api-version TEXT  --token TOKEN
  --serves ollama|llama-server   what it plays`;

/** A fake that was started from a command line. */
export interface CommandedFake extends AsyncDisposable {
  /** The fake. */
  readonly fake: FakeOllama;
  /** What steers it. */
  readonly control: FakeControl;
  /** Ends both. */
  close(): Promise<void>;
}

const text = { type: 'string' } as const;
const list = { type: 'string', multiple: true } as const;
const flags = {
  port: text,
  model: list,
  fault: list,
  'load-ms': text,
  'prefill-ms': text,
  tokens: text,
  'tokens-per-second': text,
  jitter: text,
  slots: text,
  'max-models': text,
  'max-queue': text,
  'memory-bytes': text,
  'context-tokens': text,
  seed: text,
  serves: text,
  engine: text,
  'api-version': text,
  token: text,
} as const;

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: flags, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    throw new TypeError(`${cause instanceof Error ? cause.message : String(cause)}\n${usage}`, { cause });
  }
}

function number(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (!/^\d+(\.\d+)?$/.test(value)) throw new TypeError(`${value} is no number\n${usage}`);
  return Number(value);
}

function served(value: string | undefined): FakeServes | undefined {
  if (value === undefined || value === 'ollama' || value === 'llama-server') return value;
  throw new TypeError(`${value} is no server\n${usage}`);
}

/**
 * Starts the fake from command line arguments and prints one line of JSON: `url`, `controlUrl` for the orders of
 * {@link startFakeControl}, `pid`. Throws a TypeError with the usage for bad arguments.
 */
export async function runFakeCommand(argv: readonly string[], print: (line: string) => void): Promise<CommandedFake> {
  const values = parse(argv);
  const fake = await startFakeOllama({
    port: number(values.port),
    models: values.model?.map((entry) => {
      const [model = '', bytes] = entry.split('=');
      return { model, bytes: number(bytes) };
    }),
    faults: values.fault?.map(parseFakeFault),
    timing: {
      loadMs: number(values['load-ms']),
      prefillMsPerToken: number(values['prefill-ms']),
      tokens: number(values.tokens),
      tokensPerSecond: number(values['tokens-per-second']),
      jitter: number(values.jitter),
    },
    slots: number(values.slots),
    maxModels: number(values['max-models']),
    maxQueue: number(values['max-queue']),
    memoryBytes: number(values['memory-bytes']),
    contextTokens: number(values['context-tokens']),
    seed: number(values.seed),
    serves: served(values.serves),
    engine: values.engine,
    version: values['api-version'],
    token: values.token,
  });
  const control = await startFakeControl(fake);
  const close = async () => {
    await control.close();
    await fake.close();
  };
  print(JSON.stringify({ url: fake.url, controlUrl: control.url, pid: process.pid }));
  return { fake, control, close, [Symbol.asyncDispose]: close };
}
