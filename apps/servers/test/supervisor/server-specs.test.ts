import { settingsSchema } from '@tale/protocol';
import { expect, it } from 'vitest';
import { exitCodeOf } from '../../src/server/exit-code.js';
import { checkModelSources } from '../../src/supervisor/check-model-sources.js';
import { serverSpecs } from '../../src/supervisor/server-specs.js';

const folders = { config: '/c', data: '/d', state: '/s', cache: '/x' };
const specs = (
  withLocalEngine: boolean,
  env: NodeJS.ProcessEnv = {},
  settings = settingsSchema.parse({}),
  given: readonly string[] = [],
) => {
  const isPortGiven = (key: string) => given.includes(key);
  return serverSpecs({ settings, folders, entry: (name) => `/dist/${name}.js`, withLocalEngine, env, isPortGiven });
};

it('runs the gateway, the models, the execution servers and the ux-agent last, and the own model server where it is needed', () => {
  expect(specs(false).map(({ name }) => name)).toEqual(['gateway', 'models', 'execution', 'ux-agent']);
  expect(specs(true).map(({ name }) => name)).toEqual(['gateway', 'local-engine', 'models', 'execution', 'ux-agent']);
  const many = specs(false, {}, settingsSchema.parse({ execution: { instances: 4 } }));
  expect(many.find(({ name }) => name === 'execution')).toMatchObject({
    instances: 4,
    port: { wanted: 8_081, more: 8_084, fallback: true },
  });
});

it('hands the keys of model services to the owner of the models alone', () => {
  const env = { TALE_SECRET_ANTHROPIC: 'key', TALE_HOME: '/h' };
  for (const { name, env: given } of specs(true, env)) {
    expect([name, given.TALE_SECRET_ANTHROPIC]).toEqual([name, name === 'models' ? 'key' : undefined]);
    expect([name, given.TALE_CONFIG_FOLDER]).toEqual([name, name === 'models' ? '/c' : undefined]);
  }
});

it('hands the settings on, and to those who fetch also what the package clients need, but no secret', () => {
  const env = {
    PIP_INDEX_URL: 'i',
    npm_config_registry: 'r',
    TALE_MODEL_SOURCES: 'pypi',
    AWS_SECRET_ACCESS_KEY: 's',
    GITHUB_TOKEN: 't',
  };
  for (const spec of specs(true, env)) {
    expect(settingsSchema.parse(JSON.parse(spec.env.TALE_SETTINGS ?? ''))).toEqual(settingsSchema.parse({}));
    expect(spec.env).toMatchObject({ TALE_DATA_FOLDER: '/d' });
    expect(Object.values(spec.env)).not.toContain('s');
    expect(Object.values(spec.env)).not.toContain('t');
    const fetches = spec.name === 'models' || spec.name === 'local-engine';
    expect('PIP_INDEX_URL' in spec.env && 'npm_config_registry' in spec.env).toBe(fetches);
  }
});

it.each([
  ['unknown-key', 2],
  ['data-unsafe', 2],
  ['locked', 3],
  ['port-taken', 4],
  ['start-timeout', 1],
  ['anything else', 70],
])('exits for %s with %i', (code, exitCode) => {
  expect(exitCodeOf(Object.assign(new Error('x'), { code }))).toBe(exitCode);
});

it('keeps to a port that somebody asked for, and takes a free one otherwise', () => {
  const [gateway, models] = specs(false, {}, settingsSchema.parse({}), ['gateway.port']);
  expect(gateway).toMatchObject({ port: { wanted: 8080, fallback: false }, env: { TALE_PORT_FIXED: '1' } });
  expect(models).toMatchObject({ port: { wanted: 8083, fallback: true }, env: { TALE_PORT_FIXED: '0' } });
});

it('refuses a model source that there is not', () => {
  expect(() => checkModelSources({ TALE_MODEL_SOURCES: 'pypi,file' })).not.toThrow();
  expect(() => checkModelSources({ TALE_MODEL_SOURCES: 'foo' })).toThrow(
    expect.objectContaining({ code: 'configuration', hint: expect.stringContaining('huggingface') }),
  );
});
