import { Command, type OptionValues } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { examples, footer } from './help.js';
import { defineConversations, defineMemory } from './memory-program.js';

/** Names of the functions that do the commands' work. */
export type BodyName = Exclude<
  keyof typeof import('./commands/index.js'),
  'createContext' | 'createPrinter' | 'describeSystemError' | 'reportFailure'
>;

/** Runs a command's body, which is imported only then; arguments in the order of its usage line. */
export type RunBody = (body: BodyName, positional: readonly unknown[], options: OptionValues) => Promise<void>;

/** Where commander writes. */
export interface ProgramOutput {
  writeOut(text: string): void;
  writeError(text: string): void;
}

/** Adds a command to the program. */
type Define = (program: Command, body: (name: BodyName) => (...received: unknown[]) => Promise<void>) => void;

const commands: Readonly<Record<string, Define>> = {
  submit(program, body) {
    program
      .command('submit')
      .description('hand over a task; the answer goes to stdout, everything else to stderr')
      .argument('[text]', 'what to do; `-` reads it from stdin')
      .option('-F, --file <path>', 'read the text from a file')
      .option('--detach', 'print the id and do not wait')
      .option('--priority <0-9>', '9 is the most urgent (default: 5)')
      .option('--max-time <duration>', 'cancel after this time, e.g. 90s or 10m; exit code 7')
      .option('--key <key>', 'idempotency key: the same key never makes a second task')
      .option('--timing', "show tale's own time beside the model's")
      .option('--no-start', 'do not start the servers')
      .action(body('submit'));
  },
  status(program, body) {
    program
      .command('status')
      .description('servers, models and tasks on one screen, or one task')
      .argument('[id]', 'task; the last 6 characters of its id will do')
      .action(body('status'));
  },
  list(program, body) {
    program
      .command('list')
      .description('tasks, newest first')
      .option('--status <states>', 'only these states, e.g. running or failed,dead')
      .option('--since <when>', 'only tasks since then: 2h, today, 2027-01-31')
      .option('--search <words>', 'only tasks whose title has all these words')
      .option('--limit <count>', 'at most so many (default: 20)')
      .option('--cursor <cursor>', 'go on where a page ended')
      .action(body('list'));
  },
  cancel(program, body) {
    program
      .command('cancel')
      .description('cancel tasks, also running ones')
      .argument('<id...>', 'tasks')
      .option('--reason <text>', 'why, kept with the task')
      .action(body('cancel'));
  },
  servers(program, body) {
    const servers = program.command('servers').description("start and stop tale's servers");
    servers
      .command('start')
      .description('start what is not running')
      .option('--execution <count>', 'number of execution servers')
      .option('--port <port>', 'port of the gateway')
      .option('--foreground', 'stay attached; Ctrl+C stops the servers')
      .action(body('startServers'));
    servers.command('stop').description('stop all servers and wait until they are gone').action(body('stopServers'));
    servers.command('status').description('which servers run').action(body('serversStatus'));
    servers
      .command('restart')
      .description('restart one server, or all of them one by one')
      .argument('[name]', 'gateway, execution, models, ux-agent or local-engine')
      .action(body('restartServers'));
  },
  tokens(program, body) {
    program
      .command('tokens')
      .description('tokens used, by period, model, task or role')
      .argument('[period]', 'hourly, daily, weekly, monthly or tasks')
      .option('--by <dimensions>', 'hour, day, week, month, model, role, task, project; several with commas')
      .option('--since <when>', 'calls since then: 2h, today, 2027-01-31')
      .option('--until <when>', 'calls before then')
      .option('--task <id>', 'calls of one task')
      .action(body('tokens'));
  },
  models(program, body) {
    const models = program.command('models').description('which models are there and what they hold');
    models.command('ps').description('models in memory').action(body('modelsInMemory'));
    models.command('list').description('models that are configured or installed').action(body('modelsInstalled'));
    models
      .command('show')
      .description('everything about one model')
      .argument('<name>', 'a model of tale')
      .action(body('showModel'));
    models
      .command('residency')
      .description('who is kept in memory, and for how long it was not')
      .action(body('modelsResidency'));
    models
      .command('pull')
      .description('fetch a model')
      .argument('<name>', 'e.g. qwen2.5:0.5b')
      .action(body('pullModel'));
    models
      .command('load')
      .description('bring a model into memory')
      .argument('<name>', 'a model of tale')
      .action(body('loadModel'));
    models
      .command('unload')
      .description('take a model out of memory')
      .argument('<name>', 'a model of tale')
      .action(body('unloadModel'));
    models
      .command('pin')
      .description('keep a model in memory until the servers stop')
      .argument('<name>', 'a model of tale')
      .action(body('pinModel'));
    models
      .command('test')
      .description('ask each model a short question and show how fast it answers')
      .argument('[name]', 'a role or a model')
      .action(body('testModels'));
    models
      .command('explain')
      .description('why a model answered, what was rejected, what was tried again')
      .argument('<id>', 'a call, or a task; the last 6 characters of its id will do')
      .action(body('explainCall'));
    models
      .command('endpoint')
      .description("where OpenAI clients find tale's models")
      .option('--key', 'print the key too')
      .action(body('modelsEndpoint'));
  },
  memory: defineMemory,
  conversations: defineConversations,
  config(program, body) {
    const secret = program
      .command('config')
      .description('what tale is told')
      .command('secret')
      .description('keys of model services, each in a file that only you can read');
    secret
      .command('set')
      .description('keep a key; it comes by stdin, from a file or from a prompt, never as an argument')
      .argument('<name>', 'anthropic or openai')
      .option('--key-file <path>', 'read the key from a file')
      .action(body('setSecret'));
    secret.command('list').description('which keys there are').action(body('listSecrets'));
    secret
      .command('delete')
      .description('forget a key')
      .argument('<name>', 'anthropic or openai')
      .action(body('deleteSecret'));
  },
  logs(program, body) {
    program
      .command('logs')
      .description('log lines of all servers, merged by time; also when they are down')
      .option('-n, --lines <count>', 'last lines (default: 50)')
      .option('--server <name>', 'only this server')
      .option('--level <level>', 'at least this grave: debug, info, warn, error or fatal')
      .option('--since <when>', 'lines since then: 2h, today, 2027-01-31')
      .action(body('logs'));
  },
};

/**
 * The command tree. It holds no logic, so that `--version` and `--help` cost next to nothing. With `argv`, commands that it cannot
 * mean are left out, which nobody sees: that saves a thirtieth of Node's start.
 */
export function createProgram(run: RunBody, output: ProgramOutput, argv: readonly string[] = []): Command {
  const program = new Command('tale');
  const body =
    (name: BodyName) =>
    // commander hands over the arguments, the command's own options and the command.
    (...received: unknown[]) => {
      const command = received.at(-1) as Command;
      return run(name, received.slice(0, -2), command.optsWithGlobals());
    };

  program
    .description('A local-first AI system with two models: a small one that talks, a large one that works.')
    .version(manifest.version, '--version', 'print the version')
    .option('--json', 'exactly one JSON document on stdout')
    .option('-q, --quiet', 'no progress and no notes')
    .option('--plain', 'no cursor movement and no colour')
    .option('--no-color', 'no colour')
    .option('--no-input', 'never ask; a missing answer is an error')
    .option('--raw-output', 'text of models and logs with its control characters; not on a terminal')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: output.writeOut, writeErr: output.writeError, outputError: () => {} })
    .exitOverride();

  for (const name of namesMeantBy(argv)) commands[name]?.(program, body);
  program
    .addHelpText('beforeAll', ({ command }) => {
      const shown = examples[pathOf(command)];
      return shown ? `Examples:\n${shown.map((line) => `  ${line}\n`).join('')}` : '';
    })
    .addHelpText('afterAll', `\n${footer}`);
  return program;
}

/** What is parsed: `help` for a command that does not exist is that command, which is an error and not the general help. */
export function meantWords(program: Command, argv: readonly string[]): readonly string[] {
  const [first, ...rest] = argv.filter((word) => !word.startsWith('-'));
  if (first !== 'help') return argv;
  let command: Command | undefined = program;
  for (const word of rest) {
    if (command.commands.length === 0) break;
    command = command.commands.find((child) => child.name() === word);
    if (!command) return [...rest, ...argv.filter((flag) => flag.startsWith('-'))];
  }
  return argv;
}

/** Long options that the command named in `argv` has. */
export function flagsOf(program: Command, argv: readonly string[]): string[] {
  let command: Command = program;
  const path = [command];
  for (const word of argv.filter((each) => !each.startsWith('-'))) {
    const child = command.commands.find((each) => each.name() === word);
    if (!child) break;
    command = child;
    path.push(child);
  }
  return path.flatMap(({ options }) => options.flatMap(({ long }) => long ?? []));
}

/** The commands that may be meant; all of them if that is not certain. */
function namesMeantBy(argv: readonly string[]): string[] {
  if (argv.length === 1 && argv[0] === '--version') return [];
  // No global option takes a value, so the first word is the command.
  const first = argv.find((word) => !word.startsWith('-'));
  return first !== undefined && Object.hasOwn(commands, first) ? [first] : Object.keys(commands);
}

/** `tale servers start`. */
function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}
