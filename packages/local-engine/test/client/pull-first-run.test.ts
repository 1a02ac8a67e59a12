import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { pullModel } from '../../src/client/pull-model.js';
import { type CatalogEntry, pullFirstRunPair } from '../../src/index.js';
import { fakeRunners, fileEntry, writeTinyGguf } from '../../src/testing/index.js';
import { loopbackServer } from '../fixtures/loopback-server.js';
import { testEngine } from '../test-engine.js';

const candidates = { ux: 'small:1', planning: ['best:1', 'next:1', 'last:1'] };

/** An engine where only `reachable` can be fetched. */
async function engineWith(folder: string, reachable: string[]) {
  const path = join(folder, 'x.gguf');
  await writeTinyGguf(path);
  const entry = await fileEntry('x:1', path);
  const catalog: CatalogEntry[] = ['small:1', 'best:1', 'next:1', 'last:1'].map((name, at) =>
    reachable.includes(name)
      ? { ...entry, name }
      : { ...entry, name, sha256: `${at}`.repeat(64), sources: [{ kind: 'file', path: `${path}.missing` }] },
  );
  return testEngine({ catalog, install: [], token: 'secret', spawnRunner: fakeRunners().spawn });
}

describe('models of a first run', () => {
  it('ENGINE-8: are the small one and the first working one that can be had, with the reasons of what cannot', async () => {
    await using folder = await temporaryFolder();
    await using test = await engineWith(folder.path, ['small:1', 'next:1', 'last:1']);
    const seen: string[] = [];
    const pair = await pullFirstRunPair({
      url: test.url,
      token: 'secret',
      candidates,
      onProgress: (model) => seen.push(model),
    });
    expect(pair).toMatchObject({
      ...{ ux: 'small:1', planning: 'next:1' },
      failures: [{ model: 'best:1', code: 'source-failed', attempts: [{ source: 'file', code: 'source-failed' }] }],
    });
    expect([...new Set(seen)]).toEqual(['small:1', 'best:1', 'next:1']);
    // What is installed is taken without asking again for what was not there.
    expect(await pullFirstRunPair({ url: test.url, token: 'secret', candidates })).toMatchObject({
      planning: 'next:1',
      failures: [],
    });
  });

  it('are one for both where only one can be had', async () => {
    await using folder = await temporaryFolder();
    await using working = await engineWith(folder.path, ['last:1']);
    expect(await pullFirstRunPair({ url: working.url, token: 'secret', candidates })).toMatchObject({
      ux: 'last:1',
      planning: 'last:1',
    });
    await using small = await engineWith(folder.path, ['small:1']);
    expect(await pullFirstRunPair({ url: small.url, token: 'secret', candidates })).toMatchObject({
      ux: 'small:1',
      planning: 'small:1',
    });
  });

  it('are none where nothing can be had, and then all attempts are told', async () => {
    await using folder = await temporaryFolder();
    await using test = await engineWith(folder.path, []);
    const pulling = pullFirstRunPair({ url: test.url, token: 'secret', candidates });
    await expect(pulling).rejects.toMatchObject({ code: 'pull-failed', retryable: false, attempts: { length: 4 } });
  });

  it('stop when they are aborted', async () => {
    await using folder = await temporaryFolder();
    await using test = await engineWith(folder.path, ['small:1']);
    const stopped = new AbortController();
    const pulling = pullFirstRunPair({
      ...{ url: test.url, token: 'secret', candidates, signal: stopped.signal },
      onProgress: () => stopped.abort(new Error('enough')),
    });
    await expect(pulling).rejects.toThrow('enough');
  });
});

describe('pull over HTTP', () => {
  it('refuses an answer that ends early or is no JSON', async () => {
    let status = 200;
    const server = createServer(
      (_, response) => void response.writeHead(status).end(status === 200 ? '{"status":"pulling manifest"}\n' : 'oops'),
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(pullModel('x', { url }, () => {})).rejects.toMatchObject({ code: 'pull-failed', retryable: true });
    status = 502;
    await expect(pullModel('x', { url }, () => {})).rejects.toMatchObject({
      code: 'pull-failed',
      message: 'status 502',
    });
    server.closeAllConnections();
    server.close();
  });

  it('fails where nobody listens, and where the connection breaks or the answer is no JSON', async () => {
    const failure = expect.objectContaining({ code: 'pull-failed', retryable: true, model: 'x' });
    await using server = await loopbackServer((_, response) => {
      if (server.asked.length === 1) return void response.end('{"status":"pulling manifest"}\nno JSON\n');
      response.write('{"status":"pulling manifest"}\n', () => response.destroy());
    });
    const { url } = server;
    await expect(pullModel('x', { url }, () => {})).rejects.toEqual(failure);
    const lines: string[] = [];
    await expect(pullModel('x', { url }, ({ status }) => lines.push(status))).rejects.toEqual(failure);
    expect(lines).toEqual(['pulling manifest']);
    await server[Symbol.asyncDispose]();
    await expect(pullModel('x', { url }, () => {})).rejects.toEqual(failure);
    await expect(pullFirstRunPair({ url })).rejects.toMatchObject({ code: 'pull-failed', retryable: true });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(pullModel('x', { url, signal }, () => {})).rejects.toThrow('enough');
    await expect(pullFirstRunPair({ url, signal })).rejects.toThrow('enough');
  });

  it('takes a last line that does not end', async () => {
    await using server = await loopbackServer((_, response) => void response.end('{"status":"success"}'));
    const lines: string[] = [];
    await pullModel('x', { url: server.url }, ({ status }) => lines.push(status));
    expect(lines).toEqual(['success']);
  });

  it('gives the numbers of a full disk', async () => {
    await using test = await testEngine({
      install: [],
      spawnRunner: fakeRunners().spawn,
      disk: { freeBytes: async () => 5 },
    });
    await expect(pullModel('tiny', { url: test.url }, () => {})).rejects.toMatchObject({
      code: 'disk-full',
      availableBytes: 5,
    });
    await expect(
      pullFirstRunPair({ url: test.url, candidates: { ux: 'tiny:latest', planning: [] } }),
    ).rejects.toMatchObject({
      code: 'disk-full',
    });
  });
});
