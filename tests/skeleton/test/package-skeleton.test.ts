import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow, published, root } from './packages.js';

describe.each(published)('@tale/$folder', ({ folder, path, manifest }) => {
  const text = (file: string) => readFileSync(join(path, file), 'utf8');

  it('has every file of the skeleton', () => {
    const expected = ['package.json', 'README.md', 'tsup.config.ts', 'tsconfig.json', 'vitest.config.ts', 'turbo.json'];
    const sources = ['src/index.ts', 'src/errors.ts', 'src/testing/index.ts'];
    const tests = ['test/surface.test.ts', 'test/surface.test-d.ts'];
    expect([...expected, ...sources, ...tests].filter((file) => !existsSync(join(path, file)))).toEqual([]);
  });

  it('has the fields of the house manifest', () => {
    expect(manifest).toMatchObject({
      name: `@tale/${folder}`,
      license: 'MIT',
      type: 'module',
      engines: { node: '>=20.19' },
      files: ['dist', 'CHANGELOG.md'],
      repository: { directory: `packages/${folder}` },
      publishConfig: { access: 'public' },
    });
    const withEffects = manifest.sideEffects || [];
    const modules = withEffects.filter((file) => !file.startsWith('./dist/'));
    expect(modules.filter((file) => /^export /m.test(text(file)))).toEqual([]); // programs alone have effects
    expect(manifest.scripts).toMatchObject({ build: 'tsup', typecheck: 'tsc -p .', test: 'vitest run' });
    expect(
      Object.keys(manifest.scripts ?? {}).filter(
        (name) => !['build', 'typecheck', 'test', 'bench', 'eval'].includes(name),
      ),
    ).toEqual([]);
  });

  it('exports what has a source, and publishes the same without the source condition', () => {
    for (const [key, target] of Object.entries(manifest.exports ?? {})) {
      if (typeof target === 'string') continue;
      expect(Object.keys(target), key).toEqual(['@tale/source', 'types', 'default']);
      expect(existsSync(join(path, target['@tale/source'] ?? '')), `${key} has no source`).toBe(true);
      const { '@tale/source': _source, ...rest } = target;
      expect(manifest.publishConfig?.exports[key]).toEqual(rest);
    }
    expect(Object.keys(manifest.publishConfig?.exports ?? {})).toEqual(Object.keys(manifest.exports ?? {}));
  });

  it('takes every dependency from the catalog and none of ours', () => {
    for (const [name, range] of Object.entries(manifest.dependencies ?? {})) {
      expect(name).not.toMatch(/^@tale\//);
      expect(range, name).toBe('catalog:');
    }
  });

  it('has the one shape of an error', () => {
    const errors = text('src/errors.ts');
    expect(errors).toMatch(/Failures of this package; the list is closed\./);
    expect(errors).toMatch(new RegExp(`Symbol\\.for\\('@tale/${folder}/error'\\)`));
    expect(errors).toMatch(/export class \w+Error extends Error/);
    expect(errors).toMatch(/readonly retryable: boolean/);
    expect(errors).toMatch(/static isInstance\(error: unknown\)/);
  });

  it('lists its public names one by one', () => {
    const indexes = filesBelow(join(path, 'src'), 'index.ts');
    expect(
      indexes.filter((file) => /export \*/.test(readFileSync(file, 'utf8'))).map((file) => relative(path, file)),
    ).toEqual([]);
  });

  it('keeps its files small and its names whole', () => {
    const sources = filesBelow(join(path, 'src'), '.ts');
    const long = sources.filter((file) => readFileSync(file, 'utf8').split('\n').length > 400);
    expect(long.map((file) => relative(path, file))).toEqual([]);
    const vague = sources.filter((file) => /\/(utils?|helpers?|common|misc)\.ts$/.test(file));
    expect(vague).toEqual([]);
  });

  it('tells its users what it is, how to install it, one example, and its errors', () => {
    const readme = text('README.md');
    const expected = [`# @tale/${folder}\n`, 'npm install @tale/', '@types/node', '```ts\n', '\n## Errors\n'];
    expect(expected.filter((part) => !readme.includes(part))).toEqual([]);
  });

  it('has a changeset or a changelog', () => {
    const changesets = readdirSync(join(root, '.changeset')).map((file) =>
      readFileSync(join(root, '.changeset', file), 'utf8'),
    );
    const announced = changesets.some((changeset) => changeset.includes(`'@tale/${folder}':`));
    expect(announced || existsSync(join(path, 'CHANGELOG.md'))).toBe(true);
  });
});
