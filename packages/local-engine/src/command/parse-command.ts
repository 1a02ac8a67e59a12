import { parseArgs } from 'node:util';
import type { RuntimeGpu } from '../runtime/platform.js';
import { readGpuMode, readNumber, readPort, readRuntimeGpu, readThreads } from './option-values.js';
import { UsageError } from './usage-error.js';

/** What a command does. */
export type Command =
  | {
      readonly name: 'serve';
      readonly host: string | null;
      readonly port: number | null;
      readonly tokenFile: string | null;
      readonly threads: number | 'all' | null;
      readonly slots: number | null;
      readonly contextTokens: number | null;
      readonly gpu: 'auto' | 'off' | null;
    }
  | { readonly name: 'pull' | 'remove'; readonly model: string }
  | { readonly name: 'add'; readonly file: string; readonly model: string | null }
  | { readonly name: 'list'; readonly isCatalog: boolean }
  | { readonly name: 'verify'; readonly model: string | null }
  | { readonly name: 'doctor'; readonly host: string | null; readonly port: number | null }
  | { readonly name: 'install-runtime'; readonly gpu: RuntimeGpu | null }
  | { readonly name: 'help'; readonly topic: CommandName | null }
  | { readonly name: 'version' };

/** Name of a command that does something. */
export type CommandName = Exclude<Command['name'], 'help' | 'version'>;

/** A command, and what holds for all of them. */
export interface CommandLine {
  readonly command: Command;
  readonly dataDir: string | null;
  /** Main module of the child, `null` = beside this package. */ readonly runner: string | null;
  readonly isJson: boolean;
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const everywhere = { 'data-dir': text, runner: text, json: flag, help: { ...flag, short: 'h' } } as const;

/** What each command may be followed by. */
const shapes = {
  serve: {
    operand: 'none',
    options: { host: text, port: text, 'token-file': text, threads: text, slots: text, context: text, gpu: text },
  },
  pull: { operand: 'needed', options: {} },
  list: { operand: 'none', options: { catalog: flag } },
  add: { operand: 'needed', options: { name: text } },
  verify: { operand: 'allowed', options: {} },
  remove: { operand: 'needed', options: {} },
  doctor: { operand: 'none', options: { host: text, port: text } },
  'install-runtime': { operand: 'none', options: { gpu: text } },
} as const satisfies Record<CommandName, { operand: 'none' | 'allowed' | 'needed'; options: object }>;

/** All of them, in the order of the help. */
export const commandNames = Object.keys(shapes) as readonly CommandName[];

/**
 * What a person typed.
 *
 * @throws UsageError
 */
export function parseCommand(argumentList: readonly string[]): CommandLine {
  const [first = '--help', ...rest] = argumentList;
  const none = { dataDir: null, runner: null, isJson: false };
  if (['help', '--help', '-h'].includes(first)) {
    return { ...none, command: { name: 'help', topic: commandNames.find((name) => name === rest[0]) ?? null } };
  }
  if (first === '--version') return { ...none, command: { name: 'version' }, isJson: rest.includes('--json') };
  const name = commandNames.find((each) => each === first);
  if (!name) throw new UsageError(`there is no command "${first}"`);
  if (rest.some((argument) => /^--token(=|$)/.test(argument))) {
    throw new UsageError(
      'a token on the command line can be read by every user: put it into TALE_LOCAL_ENGINE_TOKEN or --token-file',
    );
  }
  const { values, positionals } = parse(name, rest);
  const option = (key: string) => (typeof values[key] === 'string' ? values[key] : null);
  if (values.help === true) return { ...none, command: { name: 'help', topic: name } };
  const operand = oneOperand(name, positionals);
  return {
    command: toCommand(name, operand, option, values.catalog === true),
    dataDir: option('data-dir'),
    runner: option('runner'),
    isJson: values.json === true,
  };
}

function parse(name: CommandName, rest: readonly string[]) {
  try {
    return parseArgs({
      args: [...rest],
      allowPositionals: true,
      options: { ...shapes[name].options, ...everywhere } as Record<string, typeof text | typeof flag>,
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? (error.message.split('. ')[0] ?? '') : String(error));
  }
}

function oneOperand(name: CommandName, [operand, ...more]: readonly string[]): string | null {
  const { operand: wanted } = shapes[name];
  if (more.length > 0 || (wanted === 'none' && operand !== undefined)) {
    throw new UsageError(`"${name}" takes ${wanted === 'none' ? 'no argument' : 'one argument'}`);
  }
  if (wanted === 'needed' && operand === undefined) throw new UsageError(`"${name}" needs an argument`);
  return operand ?? null;
}

function toCommand(
  name: CommandName,
  operand: string | null,
  option: (key: string) => string | null,
  isCatalog: boolean,
): Command {
  switch (name) {
    case 'serve':
      return {
        ...{ name, host: option('host'), port: readPort(option('port')), tokenFile: option('token-file') },
        ...{ threads: readThreads(option('threads')), gpu: readGpuMode(option('gpu')) },
        slots: readNumber('--slots', option('slots'), 1, 64),
        contextTokens: readNumber('--context', option('context'), 256, 2 ** 24),
      };
    case 'pull':
    case 'remove':
      return { name, model: operand ?? '' };
    case 'add':
      return { name, file: operand ?? '', model: option('name') };
    case 'list':
      return { name, isCatalog };
    case 'verify':
      return { name, model: operand };
    case 'doctor':
      return { name, host: option('host'), port: readPort(option('port')) };
    case 'install-runtime':
      return { name, gpu: readRuntimeGpu(option('gpu')) };
  }
}
