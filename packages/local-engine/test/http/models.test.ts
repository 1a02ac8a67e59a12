import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { temporaryFolder, until } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import type { CatalogEntry, SourceDriver } from '../../src/index.js';
import { fakeRunners, fileEntry, writeTinyGguf } from '../../src/testing/index.js';
import { testEngine } from '../test-engine.js';

const spawnRunner = fakeRunners().spawn;
const remove = (url: string, model: string) =>
  fetch(`${url}/api/delete`, {
    method: 'DELETE',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model }),
  });

/** An entry of two sources: a hub that does not deliver, then a driver of the test. */
async function twoSources(folder: string): Promise<{ entry: CatalogEntry; content: Buffer }> {
  const path = join(folder, 'x.gguf');
  await writeTinyGguf(path);
  const entry = await fileEntry('two:latest', path);
  const hub = { kind: 'huggingface', repo: 'a/b', revision: 'a'.repeat(40), file: 'x.gguf' } as const;
  return { entry: { ...entry, sources: [hub, { kind: 'file', path }] }, content: await readFile(path) };
}

describe('models over HTTP', () => {
  it('are listed, shown and removed', async () => {
    await using test = await testEngine({ install: ['tiny'] });
    const tags = (await (await fetch(`${test.url}/api/tags`)).json()) as { models: Record<string, unknown>[] };
    expect(tags.models).toHaveLength(1);
    expect(tags.models[0]).toMatchObject({
      ...{
        name: 'tiny:latest',
        model: 'tiny:latest',
        digest: expect.stringMatching(/^[a-f0-9]{64}$/),
        capabilities: ['completion'],
      },
      details: { format: 'gguf', family: 'llama', quantization_level: 'F32' },
    });
    const shown = await (await test.post('/api/show', { name: 'tiny' })).json();
    expect(shown).toMatchObject({
      template: expect.stringContaining('assistant'),
      model_info: { 'general.architecture': 'llama', 'llama.context_length': 2_048 },
      license: 'MIT',
    });
    await (await test.post('/api/generate', { model: 'tiny' })).text();
    expect((await remove(test.url, 'tiny')).status).toBe(200);
    expect(await (await fetch(`${test.url}/api/ps`)).json()).toEqual({ models: [], loading: [] });
    expect((await remove(test.url, 'tiny')).status).toBe(404);
    expect((await test.post('/api/show', { model: 'tiny' })).status).toBe(404);
    expect((await test.post('/api/show', {})).status).toBe(400);
    expect(await readdir(join(test.dataDir, 'models', 'blobs'))).toEqual([]);
  });

  it('say who serves them', async () => {
    await using test = await testEngine({ spawnRunner, install: [] });
    expect(await (await fetch(`${test.url}/api/version`)).json()).toMatchObject({
      version: '0.32.15',
      engine: 'tale-local-engine',
    });
    expect((await fetch(`${test.url}/`, { method: 'HEAD' })).status).toBe(200);
  });
});

describe('pull', () => {
  it('reports Ollama’s lines in their order', async () => {
    await using test = await testEngine({ spawnRunner, install: [] });
    const lines = await test.lines(await test.post('/api/pull', { model: 'tiny' }));
    const statuses = lines.map(({ status }) => status.replace(/ [0-9a-f]{12}$/, ' DIGEST'));
    expect([...new Set(statuses)]).toEqual([
      ...['pulling manifest', 'pulling DIGEST', 'verifying sha256 digest', 'writing manifest', 'success'],
    ]);
    const again = await test.post('/api/pull', { name: 'tiny:latest', stream: false });
    expect(await again.json()).toEqual({ status: 'success' });
  });

  it('takes names of the catalogue alone', async () => {
    await using test = await testEngine({ spawnRunner, install: [] });
    for (const [model, status] of [
      ['unknown', 404],
      ['http://evil.test/x.gguf', 400],
      ['../x', 400],
      ['/etc/passwd', 400],
    ]) {
      expect((await test.post('/api/pull', { model })).status, String(model)).toBe(status);
    }
    expect(await (await test.post('/api/pull', { model: 'unknown' })).json()).toMatchObject({
      code: 'not-in-catalog',
      retryable: false,
    });
  });

  it('ENGINE-7: tells why a source failed, and takes the next one', async () => {
    await using folder = await temporaryFolder();
    const { entry, content } = await twoSources(folder.path);
    const hub = createServer((_, response) => void response.writeHead(200).end(Buffer.from(content).fill(1, 100, 200)));
    await new Promise<void>((resolve) => hub.listen(0, '127.0.0.1', resolve));
    const { huggingFaceSource } = await import('../../src/sources/huggingface.js');
    const { fileSource } = await import('../../src/sources/file.js');
    const endpoint = `http://127.0.0.1:${(hub.address() as { port: number }).port}`;
    await using test = await testEngine({
      spawnRunner,
      install: [],
      catalog: [entry],
      sources: [huggingFaceSource({ endpoint }), fileSource()],
    });
    const lines = await test.lines(await test.post('/api/pull', { model: 'two' }));
    expect(lines.find((line) => 'code' in line)).toMatchObject({
      source: 'huggingface',
      code: 'hash-mismatch',
      retryable: false,
    });
    expect(lines.at(-1)).toEqual({ status: 'success' });
    expect(await readdir(join(test.dataDir, 'models', 'blobs'))).toEqual([`sha256-${entry.sha256}`]);
    hub.close();
  });

  it('fails with all attempts when no source delivers', async () => {
    await using folder = await temporaryFolder();
    const { entry } = await twoSources(folder.path);
    const broken: SourceDriver = { kind: 'huggingface', fetch: () => Promise.reject(new Error('out of order')) };
    await using test = await testEngine({ spawnRunner, install: [], catalog: [entry], sources: [broken] });
    const last = (await test.lines(await test.post('/api/pull', { model: 'two' }))).at(-1);
    expect(last).toMatchObject({
      ...{ error: expect.stringContaining('out of order'), code: 'pull-failed' },
      attempts: [
        { source: 'huggingface', code: 'source-failed' },
        { source: 'file', code: 'source-unavailable' },
      ],
    });
    const single = await test.post('/api/pull', { model: 'two', stream: false });
    expect(single.status).toBe(500);
  });

  it('refuses wrong bytes of the only source with its own code, and keeps no model', async () => {
    await using folder = await temporaryFolder();
    const { entry, content } = await twoSources(folder.path);
    let delivered: Buffer = Buffer.from(content).fill(1, 100, 200);
    const liar: SourceDriver = {
      kind: 'file',
      async fetch(_, { file }) {
        await file.append(
          (async function* () {
            yield delivered;
          })(),
        );
      },
    };
    const only = { ...entry, sources: entry.sources.slice(1) };
    await using test = await testEngine({ spawnRunner, install: [], catalog: [only], sources: [liar] });
    expect((await test.lines(await test.post('/api/pull', { model: 'two' }))).at(-1)).toMatchObject({
      code: 'hash-mismatch',
    });
    delivered = content.subarray(0, 1_000);
    expect((await test.lines(await test.post('/api/pull', { model: 'two' }))).at(-1)).toMatchObject({
      code: 'source-failed',
    });
    expect(await (await fetch(`${test.url}/api/tags`)).json()).toEqual({ models: [] });
    delivered = content;
    expect((await test.lines(await test.post('/api/pull', { model: 'two' }))).at(-1)).toEqual({ status: 'success' });
  });

  it('looks at the disk before, and says how much is missing', async () => {
    await using test = await testEngine({ spawnRunner, install: [], disk: { freeBytes: async () => 1_000 } });
    const last = (await test.lines(await test.post('/api/pull', { model: 'tiny' }))).at(-1);
    expect(last).toMatchObject({ code: 'disk-full', available_bytes: 1_000, needed_bytes: expect.any(Number) });
  });

  it('knows a disk that is full on the way', async () => {
    const full: SourceDriver = {
      kind: 'file',
      fetch: () => Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })),
    };
    await using test = await testEngine({ spawnRunner, install: [], sources: [full] });
    expect((await test.lines(await test.post('/api/pull', { model: 'tiny' }))).at(-1)).toMatchObject({
      code: 'disk-full',
    });
  });

  it('is one for two that ask, goes on while one waits, and stops when the last one leaves', async () => {
    let calls = 0;
    let seen: AbortSignal | undefined;
    let deliver = () => {};
    const slow: SourceDriver = {
      kind: 'file',
      async fetch(source, request) {
        calls++;
        seen = request.signal;
        request.onProgress(1_000);
        await new Promise<void>((resolve, reject) => {
          deliver = resolve;
          request.signal.addEventListener('abort', () => reject(request.signal.reason));
        });
        const { fileSource } = await import('../../src/sources/file.js');
        await fileSource().fetch(source, request);
      },
    };
    await using test = await testEngine({ spawnRunner, install: [], sources: [slow] });
    const begin = async (signal: AbortSignal) => {
      const response = await test.post('/api/pull', { model: 'tiny' }, { signal });
      return response;
    };
    const [first, second] = [new AbortController(), new AbortController()];
    const one = await begin(first.signal);
    const two = await begin(second.signal);
    await until('it is fetched', () => calls === 1);
    first.abort();
    await expect(one.text()).rejects.toThrow();
    expect(seen?.aborted).toBe(false);
    deliver();
    expect((await test.lines(two)).at(-1)).toEqual({ status: 'success' });

    await remove(test.url, 'tiny');
    const alone = new AbortController();
    const three = await begin(alone.signal);
    await until('it is fetched', () => calls === 2);
    alone.abort();
    await expect(three.text()).rejects.toThrow();
    await new Promise<void>((resolve) =>
      seen?.aborted ? resolve() : seen?.addEventListener('abort', () => resolve()),
    );
    const again = test.post('/api/pull', { model: 'tiny' });
    await until('it is fetched again', () => calls === 3);
    deliver();
    expect((await test.lines(await again)).at(-1)).toEqual({ status: 'success' });
  });

  it('is refused when the file is no usable GGUF though its hash is right', async () => {
    await using folder = await temporaryFolder();
    const { writeFile } = await import('node:fs/promises');
    const path = join(folder.path, 'x.gguf');
    await writeFile(path, 'this is no model, whatever its hash may say');
    await using test = await testEngine({ install: [], catalog: [await fileEntry('bad:latest', path)] });
    expect((await test.lines(await test.post('/api/pull', { model: 'bad' }))).at(-1)).toMatchObject({
      code: 'invalid-gguf',
    });
    expect(await (await fetch(`${test.url}/api/tags`)).json()).toEqual({ models: [] });
  });
});
