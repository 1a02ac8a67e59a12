import { parseArgs } from 'node:util';
import { parseFakeFault } from './fake-faults.js';
import { type FakeOllama, startFakeOllama } from './fake-ollama.js';

const usage =
  'tale-fake-ollama [--port 0] [--model NAME[=BYTES]]… [--fault KIND[@AFTER][*TIMES]]… [--load-ms N] [--prefill-ms N] [--tokens N] [--tokens-per-second N] [--seed N] [--engine NAME] [--token TOKEN]';

/** Starts the fake from command line arguments and prints one line of JSON with its url. Throws a TypeError with the usage for bad ones. */
export async function runFakeCommand(argv: readonly string[], print: (line: string) => void): Promise<FakeOllama> {
  const text = { type: 'string' } as const;
  const list = { type: 'string', multiple: true } as const;
  const { values } = parse(argv, {
    port: text,
    model: list,
    fault: list,
    'load-ms': text,
    'prefill-ms': text,
    tokens: text,
    'tokens-per-second': text,
    seed: text,
    engine: text,
    token: text,
  });
  const number = (value: string | undefined) => {
    if (value === undefined) return undefined;
    if (!/^\d+(\.\d+)?$/.test(value)) throw new TypeError(`${value} is no number\n${usage}`);
    return Number(value);
  };
  const models = values.model?.map((entry) => {
    const [model = '', bytes] = entry.split('=');
    return { model, bytes: number(bytes) };
  });
  const fake = await startFakeOllama({
    port: number(values.port),
    models,
    seed: number(values.seed),
    engine: values.engine,
    token: values.token,
    faults: values.fault?.map(parseFakeFault),
    timing: {
      loadMs: number(values['load-ms']),
      prefillMsPerToken: number(values['prefill-ms']),
      tokens: number(values.tokens),
      tokensPerSecond: number(values['tokens-per-second']),
    },
  });
  print(JSON.stringify({ url: fake.url, pid: process.pid }));
  return fake;
}

function parse<Options extends NonNullable<Parameters<typeof parseArgs>[0]>['options']>(
  argv: readonly string[],
  options: Options,
) {
  try {
    return parseArgs({
      args: [...argv],
      options: options as NonNullable<Options>,
      strict: true,
      allowPositionals: false,
    });
  } catch (cause) {
    throw new TypeError(`${cause instanceof Error ? cause.message : String(cause)}\n${usage}`, { cause });
  }
}
