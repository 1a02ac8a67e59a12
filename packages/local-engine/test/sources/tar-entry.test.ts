import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTarEntry } from '../../src/sources/tar-entry.js';
import { tar } from '../fixtures/tarball.js';

async function* chunked(bytes: Buffer, size = 700): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

async function read(bytes: Buffer, path: string, size?: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of readTarEntry(chunked(bytes, size), path)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const failure = expect.objectContaining({ code: 'source-failed' });

describe('tar reader', () => {
  it('gives the bytes of the named file, whatever the chunks', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 3_000 }), fc.integer({ min: 1, max: 5_000 }), async (data, size) => {
        const content = Buffer.from(data);
        const archive = tar([
          { path: 'package/package.json', content: Buffer.from('{}') },
          { path: 'package/model.part', content },
          { path: 'package/after', content: Buffer.alloc(100) },
        ]);
        expect(await read(archive, 'package/model.part', size)).toEqual(content);
      }),
      { numRuns: 60 },
    );
  });

  it('finds a long path by its prefix, and steps over other kinds of entries', async () => {
    const path = `package/${'long/'.repeat(20)}model.part`;
    const archive = tar([
      { path: 'pax', type: 'x', content: Buffer.from('20 path=package/other\n') },
      { path: 'package/folder', type: '5' },
      { path, content: Buffer.from('data') },
    ]);
    expect((await read(archive, path)).toString()).toBe('data');
  });

  it('never follows a link, and never answers for another path', async () => {
    const link = tar([{ path: 'package/model.part', type: '2', link: '/etc/passwd' }]);
    await expect(read(link, 'package/model.part')).rejects.toEqual(failure);
    const climbing = tar([{ path: 'package/../../model.part', content: Buffer.from('x') }]);
    await expect(read(climbing, 'package/model.part')).rejects.toEqual(failure);
  });

  it('refuses an archive that is cut off, at every length', async () => {
    const archive = tar([{ path: 'package/model.part', content: Buffer.alloc(1_500, 1) }]);
    for (let length = 0; length < 512 + 1_500; length += 97) {
      await expect(read(archive.subarray(0, length), 'package/model.part'), `length ${length}`).rejects.toEqual(
        failure,
      );
    }
  });

  it('refuses a wrong checksum, a size that is no number, and a size beyond the end', async () => {
    const archive = tar([{ path: 'package/model.part', content: Buffer.from('abc') }]);
    const flipped = Buffer.from(archive);
    flipped[0] = 0x71;
    await expect(read(flipped, 'package/model.part')).rejects.toEqual(failure);
    const wild = Buffer.from(archive);
    wild.write('zz', 124);
    await expect(read(wild, 'package/model.part')).rejects.toEqual(failure);
    const large = tar([{ path: 'package/model.part', content: Buffer.from('abc'), statedSize: 0o7777777777 }]);
    await expect(read(large, 'package/model.part')).rejects.toEqual(failure);
  });

  it('survives any single damaged byte of a header', async () => {
    const archive = tar([{ path: 'package/model.part', content: Buffer.from('abc') }]);
    await fc.assert(
      fc.asyncProperty(fc.nat(511), fc.nat(255), async (at, byte) => {
        const damaged = Buffer.from(archive);
        damaged[at] = byte;
        await read(damaged, 'package/model.part').then(
          (content) => expect(content.toString()).toBe('abc'),
          (error) => expect(error).toEqual(failure),
        );
      }),
      { numRuns: 300 },
    );
  });
});
