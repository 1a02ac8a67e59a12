import { describe, expect, it } from 'vitest';
import { type Command, type CommandName, commandNames, parseCommand } from '../../src/command/parse-command.js';

const serve = {
  ...{ name: 'serve', host: null, port: null, tokenFile: null, threads: null, slots: null },
  ...{ contextTokens: null, gpu: null },
};

describe('command line', () => {
  it.each<[string, object]>([
    ['serve', serve],
    [
      'serve --port 0 --host ::1 --threads all --slots 2 --context 8192 --gpu auto --token-file t',
      {
        ...{ name: 'serve', host: '::1', port: 0, tokenFile: 't', threads: 'all', slots: 2, contextTokens: 8_192 },
        gpu: 'auto',
      },
    ],
    ['serve --threads 3', { ...serve, threads: 3 }],
    ['pull smollm2', { name: 'pull', model: 'smollm2' }],
    ['add ./x.gguf --name mine:1', { name: 'add', file: './x.gguf', model: 'mine:1' }],
    ['add ./x.gguf', { name: 'add', file: './x.gguf', model: null }],
    ['list', { name: 'list', isCatalog: false }],
    ['list --catalog', { name: 'list', isCatalog: true }],
    ['verify', { name: 'verify', model: null }],
    ['verify x', { name: 'verify', model: 'x' }],
    ['remove x', { name: 'remove', model: 'x' }],
    ['doctor --port 8080', { name: 'doctor', host: null, port: 8_080 }],
    ['install-runtime', { name: 'install-runtime', gpu: null }],
    ['install-runtime --gpu cuda', { name: 'install-runtime', gpu: 'cuda' }],
    ['', { name: 'help', topic: null }],
    ['--help', { name: 'help', topic: null }],
    ['help pull', { name: 'help', topic: 'pull' }],
    ['help nothing', { name: 'help', topic: null }],
    ['pull --help', { name: 'help', topic: 'pull' }],
    ['pull -h', { name: 'help', topic: 'pull' }],
    ['--version', { name: 'version' }],
  ])('understands "%s"', (line, command) => {
    expect(parseCommand(line.split(' ').filter((part) => part !== '')).command).toEqual(command);
  });

  it.each<CommandName>([...commandNames])('takes --json, --data-dir and --runner with %s', (name) => {
    const operand = ['pull', 'add', 'remove'].includes(name) ? ['x'] : [];
    const line = parseCommand([name, ...operand, '--json', '--data-dir', '/d', '--runner', '/r']);
    expect(line).toMatchObject({
      isJson: true,
      dataDir: '/d',
      runner: '/r',
      command: { name } satisfies Partial<Command>,
    });
    expect(parseCommand([name, ...operand])).toMatchObject({ isJson: false, dataDir: null, runner: null });
  });

  it.each<[string, string]>([
    ['unknown', 'there is no command "unknown"'],
    ['pull', '"pull" needs an argument'],
    ['pull a b', '"pull" takes one argument'],
    ['list x', '"list" takes no argument'],
    ['list --port 1', "Unknown option '--port'"],
    ['serve --port', "Option '--port <value>' argument missing"],
    ['serve --port 70000', '--port must be a whole number from 0 to 65535, not "70000"'],
    ['serve --port 80x', '--port must be a whole number'],
    ['serve --threads 0', '--threads must be a whole number from 1'],
    ['serve --slots 65', '--slots must be a whole number from 1 to 64'],
    ['serve --context 100', '--context must be a whole number from 256'],
    ['serve --gpu cuda', '--gpu must be auto or off, not "cuda"'],
    ['install-runtime --gpu metal', '--gpu must be cuda or vulkan, not "metal"'],
    ['serve --token secret', 'TALE_LOCAL_ENGINE_TOKEN or --token-file'],
    ['serve --token=secret', 'TALE_LOCAL_ENGINE_TOKEN or --token-file'],
  ])('refuses "%s"', (line, message) => {
    expect(() => parseCommand(line.split(' '))).toThrowError(
      expect.objectContaining({ name: 'UsageError', message: expect.stringContaining(message) }),
    );
  });

  it('never repeats a token that it refuses', () => {
    try {
      parseCommand(['serve', '--token', 'secret']);
      expect.unreachable();
    } catch (error) {
      expect(String(error)).not.toContain('secret');
    }
  });
});
