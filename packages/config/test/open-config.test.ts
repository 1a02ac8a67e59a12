import { chmod, readFile, stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import * as classic from 'zod';
import * as mini from 'zod/mini';
import { openConfig } from '../src/index.js';
import { hostileFiles, layerFiles } from '../src/testing/index.js';

const classicSchema = classic.object({
  server: classic.object({
    port: classic.number().int().min(1).max(65_535).default(8080),
    host: classic.string().default('127.0.0.1').meta({ env: 'TALE_HOST' }),
    maxJobs: classic.number().optional(),
  }),
  level: classic.enum(['debug', 'info', 'error']).default('info').meta({ project: 'always' }),
  ignore: classic.array(classic.string()).default([]).meta({ project: 'always' }),
  prices: classic.record(classic.string(), classic.object({ input: classic.number() })).default({}),
  limits: classic.object({ tasks: classic.number().default(4) }).meta({ project: 'always' }),
});

const miniSchema = mini.object({
  server: mini.object({
    port: mini._default(mini.int().check(mini.minimum(1), mini.maximum(65_535)), 8080),
    host: mini._default(mini.string(), '127.0.0.1').check(mini.meta({ env: 'TALE_HOST' })),
    maxJobs: mini.optional(mini.number()),
  }),
  level: mini._default(mini.enum(['debug', 'info', 'error']).check(mini.meta({ project: 'always' })), 'info'),
  ignore: mini._default(mini.array(mini.string()), []).register(mini.globalRegistry, { project: 'always' }),
  prices: mini._default(mini.record(mini.string(), mini.object({ input: mini.number() })), {}),
  limits: mini.object({ tasks: mini._default(mini.number(), 4) }).check(mini.meta({ project: 'always' })),
});

const defaults = {
  server: { port: 8080, host: '127.0.0.1' },
  level: 'info',
  ignore: [],
  prices: {},
  limits: { tasks: 4 },
};

describe.each([
  ['zod', classicSchema],
  ['zod/mini', miniSchema as unknown as typeof classicSchema],
])('with a schema of %s', (_, schema) => {
  const name = 'tale';

  it('gives the defaults where there is no file, and makes none', async () => {
    await using files = await layerFiles();
    await using config = await openConfig({ schema, name, folders: files.folders, project: files.project, env: {} });
    expect(config.values).toEqual(defaults);
    expect(config.problems).toEqual([]);
    expect(config.revision).toBe(1);
    await expect(stat(files.folders.config)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  // CONFIG-1
  it('lets each layer win over the weaker ones and says where each value comes from', async () => {
    await using files = await layerFiles({
      system: '{ "server": { "port": 1, "host": "system", "maxJobs": 1 } }',
      user: '// mine\n{\n  "server": { "port": 2, "host": "user" },\n  "limits": { "tasks": 2 },\n}',
      project: '{ "limits": { "tasks": 3 }, "ignore": ["a"] }',
    });
    const { folders, project } = files;
    const env = { TALE_HOST: 'variable', TALE_LIMITS_TASKS: '5', TALE_SERVER_PORT: '' };
    await using config = await openConfig({ schema, name, folders, project, env, flags: { limits: { tasks: 6 } } });
    expect(config.values).toEqual({
      ...defaults,
      server: { port: 2, host: 'variable', maxJobs: 1 },
      ignore: ['a'],
      limits: { tasks: 6 },
    });
    expect(config.explain('limits.tasks')).toEqual({
      key: 'limits.tasks',
      value: 6,
      layer: 'flag',
      file: null,
      line: null,
      variable: null,
      hides: [
        { layer: 'env', value: 5, file: null, line: null },
        { layer: 'project', value: 3, file: files.files.project, line: 1 },
        { layer: 'user', value: 2, file: files.files.user, line: 4 },
        { layer: 'default', value: 4, file: null, line: null },
      ],
      ignored: [],
    });
    expect(config.explain('server.host')).toMatchObject({ value: 'variable', layer: 'env', variable: 'TALE_HOST' });
    expect(config.explain('server.port')).toMatchObject({ layer: 'user', file: files.files.user, line: 3 });
    expect(config.explain('server.maxJobs')).toMatchObject({ layer: 'system', file: files.files.system });
    expect(config.explain('level')).toMatchObject({ value: 'info', layer: 'default', hides: [] });
    expect(config.explain('server')).toMatchObject({ value: { port: 2, host: 'variable', maxJobs: 1 }, layer: 'env' });
  });

  // CONFIG-2
  it('refuses an unknown key with its place and what was probably meant', async () => {
    await using files = await layerFiles({ user: '{\n  "server": {\n    "prot": 1\n  }\n}' });
    const opening = openConfig({ schema, name, folders: files.folders, env: {} });
    await expect(opening).rejects.toMatchObject({
      code: 'unknown-key',
      retryable: false,
      path: files.files.user,
      problems: [
        {
          code: 'unknown-key',
          key: 'server.prot',
          layer: 'user',
          file: files.files.user,
          line: 3,
          column: 5,
          variable: null,
          suggestion: 'server.port',
        },
      ],
    });
  });

  it('names every problem of every layer, each with its place', async () => {
    await using files = await layerFiles({
      user: '{ "server": { "port": 0 },\n "level": "inof",\n "prices": { "qwen2.5:7b": { "input": "x" } } }',
    });
    const env = { TALE_SERVER_MAX_JOBS: 'many' };
    const opening = openConfig({ schema, name, folders: files.folders, env, flags: { limits: { tasks: 'x' } } });
    const error = await opening.catch((thrown) => thrown);
    expect(error.problems).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ code: 'out-of-range', key: 'server.port', layer: 'user', line: 1, column: 15 }),
        expect.objectContaining({ code: 'out-of-range', key: 'level', line: 2, suggestion: 'info' }),
        expect.objectContaining({ code: 'wrong-type', key: 'prices["qwen2.5:7b"].input', line: 3 }),
        expect.objectContaining({ code: 'wrong-type', key: 'server.maxJobs', variable: 'TALE_SERVER_MAX_JOBS' }),
        expect.objectContaining({ code: 'wrong-type', key: 'limits.tasks', layer: 'flag', file: null }),
      ]),
    );
    expect(error.problems).toHaveLength(5);
  });

  // CONFIG-6
  it('ignores what a project may not set, and says so', async () => {
    await using files = await layerFiles({
      project: '{ "server": { "host": "evil.example", "port": "x" }, "prices": {}, "level": "debug" }',
    });
    const { folders, project } = files;
    await using config = await openConfig({ schema, name, folders, project, env: {} });
    expect(config.values).toEqual({ ...defaults, level: 'debug' });
    expect(config.problems.map(({ code, key, layer }) => [code, key, layer])).toEqual([
      ['untrusted', 'server.host', 'project'],
      ['untrusted', 'server.port', 'project'],
      ['untrusted', 'prices', 'project'],
    ]);
    expect(config.explain('server.host').ignored).toEqual([{ layer: 'project', reason: 'never-from-project' }]);
    expect(config.explain('server').ignored).toHaveLength(1);
  });

  it('falls through null, merges records by key and replaces lists as a whole', async () => {
    await using files = await layerFiles({
      system:
        '{ "server": { "port": 1 }, "prices": { "a": { "input": 1 }, "b": { "input": 1 } }, "ignore": ["x", "y"] }',
      user: '{ "server": { "port": null }, "prices": { "b": { "input": 2 } }, "ignore": ["z"] }',
    });
    await using config = await openConfig({ schema, name, folders: files.folders, env: {} });
    expect(config.values).toMatchObject({
      server: { port: 1 },
      prices: { a: { input: 1 }, b: { input: 2 } },
      ignore: ['z'],
    });
  });

  it('reads variables as JSON except where the key is a text', async () => {
    await using files = await layerFiles();
    const env = { TALE_HOST: '123', TALE_LEVEL: 'error', TALE_IGNORE: '["a"]', TALE_PRICES: '{"m":{"input":1}}' };
    await using config = await openConfig({ schema, name, folders: files.folders, env });
    expect(config.values).toMatchObject({
      server: { host: '123' },
      level: 'error',
      ignore: ['a'],
      prices: { m: { input: 1 } },
    });
  });
});

const schema = classicSchema;
const name = 'tale';

it.each(hostileFiles.map(({ name: what, content, code }) => [what, code, content] as const))(
  'refuses a file with %s as %s',
  async (_, code, content) => {
    for (const layer of ['user', 'project', 'system'] as const) {
      await using files = await layerFiles({ [layer]: content });
      const { folders, project } = files;
      await expect(openConfig({ schema, name, folders, project, env: {} })).rejects.toMatchObject({
        code,
        retryable: false,
        path: files.files[layer],
      });
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  },
);

it('refuses hostile values of variables and flags without polluting anything', async () => {
  await using files = await layerFiles();
  const { folders } = files;
  const hostile = '{"__proto__":{"polluted":true}}';
  const env = { TALE_PRICES: hostile };
  await expect(openConfig({ schema, name, folders, env })).rejects.toMatchObject({ code: 'syntax' });
  const flags = JSON.parse(hostile);
  await expect(openConfig({ schema, name, folders, env: {}, flags })).rejects.toMatchObject({ code: 'syntax' });
  const deep = { TALE_IGNORE: '['.repeat(65) + ']'.repeat(65) };
  await expect(openConfig({ schema, name, folders, env: deep })).rejects.toMatchObject({ code: 'syntax' });
  const unknown = { server: { prot: 1 } };
  await expect(openConfig({ schema, name, folders, env: {}, flags: unknown })).rejects.toMatchObject({
    code: 'unknown-key',
    problems: [{ layer: 'flag', file: null, suggestion: 'server.port' }],
  });
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

it('refuses files that others can write or that it cannot read', async () => {
  await using files = await layerFiles({ user: '{}', project: '{}' });
  const { folders, project } = files;
  const open = () => openConfig({ schema, name, folders, project, env: {} });
  await chmod(files.files.user, 0o664);
  await expect(open()).rejects.toMatchObject({ code: 'unsafe-file', path: files.files.user });
  await chmod(files.files.user, 0o644);
  // Working copies are writable by the group where the umask is 002.
  await chmod(files.files.project, 0o664);
  await (await open()).close();
  await chmod(files.files.project, 0o666);
  await expect(open()).rejects.toMatchObject({ code: 'unsafe-file', path: files.files.project });
});

it('refuses a folder or a pipe where the file should be', async () => {
  await using files = await layerFiles();
  const { execFileSync } = await import('node:child_process');
  const { mkdirSync } = await import('node:fs');
  mkdirSync(files.files.user, { recursive: true });
  const open = () => openConfig({ schema, name, folders: files.folders, env: {} });
  await expect(open()).rejects.toMatchObject({ code: 'unsafe-file' });
  mkdirSync(files.folders.system);
  execFileSync('mkfifo', ['-m', '600', files.files.system]);
  await expect(open()).rejects.toMatchObject({ code: 'unsafe-file' });
});

it('reads a file with a byte order mark', async () => {
  await using files = await layerFiles({ user: '\uFEFF{ "level": "debug" }' });
  await using config = await openConfig({ schema, name, folders: files.folders, env: {} });
  expect(config.values.level).toBe('debug');
  await config.set('level', 'error');
  expect(await readFile(files.files.user, 'utf8')).toBe('\uFEFF{ "level": "error" }');
});

it('gives values that cannot be changed', async () => {
  await using files = await layerFiles();
  await using config = await openConfig({ schema, name, folders: files.folders, env: {} });
  expect(() => {
    (config.values.server as { port: number }).port = 1;
  }).toThrow(TypeError);
});

it('does not open when its signal has been aborted', async () => {
  await using files = await layerFiles();
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(openConfig({ schema, name, folders: files.folders, env: {}, signal })).rejects.toThrow('enough');
});

it('takes the real environment by default', async () => {
  await using files = await layerFiles();
  process.env.CONFIG_TEST_LEVEL = 'debug';
  try {
    await using config = await openConfig({ schema, name: 'config-test', folders: files.folders });
    expect(config.values.level).toBe('debug');
  } finally {
    delete process.env.CONFIG_TEST_LEVEL;
  }
});

it('gives objects below a union, an optional object and an open object as the schema has them', async () => {
  const shape = classic.object({ a: classic.number().default(1) });
  const unusual = classic.object({
    proxy: classic.union([classic.literal(false), shape]).default(false),
    maybe: shape.optional(),
    open: classic.looseObject({ known: classic.string().optional() }),
    tree: classic.lazy(() => shape).readonly(),
    price: classic.string().transform(Number).optional(),
    site: classic
      .string()
      .transform((text) => new URL(text))
      .default(new URL('https://example.org')),
  });
  await using files = await layerFiles({
    user: '{ "proxy": { "a": 2 }, "open": { "x": { "y": 1 } }, "tree": { "a": 3 }, "price": "7" }',
  });
  await using config = await openConfig({ schema: unusual, name, folders: files.folders, env: {} });
  expect(config.values).toMatchObject({
    proxy: { a: 2 },
    open: { x: { y: 1 } },
    tree: { a: 3 },
    price: 7,
    site: new URL('https://example.org'),
  });
  expect(config.values).not.toHaveProperty('maybe');
  expect(config.explain('maybe')).toMatchObject({ value: null, layer: 'default' });
  expect(config.explain('open.x.y')).toMatchObject({ value: 1, layer: 'user' });
  await using wrong = await layerFiles({ user: '{ "proxy": { "b": 2 }, "maybe": { "c": 1 }, "tree": { "d": 1 } }' });
  const error = await openConfig({ schema: unusual, name, folders: wrong.folders, env: {} }).catch((thrown) => thrown);
  expect(error.problems.map((problem: { key: string }) => problem.key)).toEqual(['proxy.b', 'maybe.c', 'tree.d']);
});

it('follows a schema that contains itself once', async () => {
  const node = classic.object({
    value: classic.number().default(1),
    get next() {
      return node.optional();
    },
  });
  await using files = await layerFiles({ user: '{ "next": { "next": { "value": 3 } } }' });
  const env = { TALE_VALUE: '2' };
  await using config = await openConfig({ schema: node, name, folders: files.folders, env });
  expect(config.values).toEqual({ value: 2, next: { value: 1, next: { value: 3 } } });
});

it('says what is wrong in each way that a schema can refuse', async () => {
  const strict = classic
    .object({
      url: classic.url().default('https://example.org'),
      even: classic.number().multipleOf(2).default(2),
      short: classic.string().max(3).default(''),
      list: classic.array(classic.number()).max(1).default([]),
      over: classic.number().gt(1).lt(9).default(5),
      either: classic.union([classic.number(), classic.boolean()]).default(1),
      low: classic.number().default(1),
      high: classic.number().default(2),
      names: classic.record(classic.string().max(2), classic.number()).default({}),
      level: classic.enum(['a', 'b']).default('a'),
      strict: classic
        .union([classic.strictObject({ a: classic.number() }), classic.strictObject({ b: classic.number() })])
        .optional(),
    })
    .refine(({ low, high }) => low < high, 'low must be below high');
  const codeOf = async (text: string) => {
    await using files = await layerFiles({ user: text });
    const error = await openConfig({ schema: strict, name, folders: files.folders, env: {} }).catch((thrown) => thrown);
    expect(error.problems).toHaveLength(1);
    expect(error.message).not.toContain('secret');
    return [error.problems[0].key, error.code];
  };
  expect(await codeOf('{ "url": "secret" }')).toEqual(['url', 'wrong-type']);
  expect(await codeOf('{ "even": 3 }')).toEqual(['even', 'out-of-range']);
  expect(await codeOf('{ "short": "secret" }')).toEqual(['short', 'out-of-range']);
  expect(await codeOf('{ "list": [1, 2] }')).toEqual(['list', 'out-of-range']);
  expect(await codeOf('{ "list": ["secret"] }')).toEqual(['list[0]', 'wrong-type']);
  expect(await codeOf('{ "over": 1 }')).toEqual(['over', 'out-of-range']);
  expect(await codeOf('{ "over": 9 }')).toEqual(['over', 'out-of-range']);
  expect(await codeOf('{ "either": "secret" }')).toEqual(['either', 'wrong-type']);
  expect(await codeOf('{ "low": 3 }')).toEqual([null, 'out-of-range']);
  expect(await codeOf('{ "names": { "long": 1 } }')).toEqual(['names.long', 'out-of-range']);
  expect(await codeOf('{ "level": 1 }')).toEqual(['level', 'wrong-type']);
  expect(await codeOf('{ "strict": { "c": 1 } }')).toEqual(['strict', 'wrong-type']);
});

it('waits for a schema that checks asynchronously, and finds unknown keys in lists', async () => {
  const slow = classic.object({ a: classic.string().default('x') }).refine(async ({ a }) => a !== 'bad', 'bad');
  await using files = await layerFiles();
  const open = (env: Record<string, string>) => openConfig({ schema: slow, name, folders: files.folders, env });
  await (await open({})).close();
  await expect(open({ TALE_A: 'bad' })).rejects.toMatchObject({ code: 'out-of-range' });
  const flags = { list: [{ a: 1, b: 2 }] };
  const items = classic.object({ list: classic.array(classic.object({ a: classic.number() })).default([]) });
  await expect(openConfig({ schema: items, name, folders: files.folders, env: {}, flags })).rejects.toMatchObject({
    code: 'unknown-key',
    problems: [{ key: 'list[0].b' }],
  });
});
