import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { manualClock, temporaryFolder, until } from '@tale/test-kit';
import fc from 'fast-check';
import { describe, expect, inject, it } from 'vitest';
import { inspectGguf } from '../../src/gguf/inspect.js';
import { forkRunner } from '../../src/runner/fork-runner.js';
import { inspectFile } from '../../src/runner/inspect-file.js';
import type { FromRunner } from '../../src/runner/protocol.js';
import { fakeRunners } from '../../src/testing/index.js';

const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
};
const uint64 = (value: bigint) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes;
};
const text = (value: string, statedBytes = BigInt(Buffer.byteLength(value))) =>
  Buffer.concat([uint64(statedBytes), Buffer.from(value)]);

const head = (tensors: bigint, entries: bigint, ...rest: readonly Buffer[]) =>
  Buffer.concat([Buffer.from('GGUF'), uint32(3), uint64(tensors), uint64(entries), ...rest]);
const architecture = Buffer.concat([text('general.architecture'), uint32(8), text('llama')]);

/** A number that somebody would write who means harm: near the limits of 8 to 64 bits. */
const size = fc.oneof(
  fc.bigInt({ min: 0n, max: 40n }),
  fc.constantFrom(
    ...[8n, 16n, 20n, 24n, 31n, 32n, 40n, 53n, 60n, 63n].flatMap((bits) => [2n ** bits - 1n, 2n ** bits]),
  ),
  fc.constant(2n ** 64n - 1n),
);
const type = fc.oneof(fc.nat(12), fc.constantFrom(8, 9, 13, 255, 2 ** 31));
const filler = fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes));
/** A value: a text, a list, lists of lists, or what nobody knows, with sizes that may be lies. */
const value = fc.oneof(
  fc.tuple(size, filler).map(([stated, bytes]) => Buffer.concat([uint32(8), uint64(stated), bytes])),
  fc
    .tuple(type, size, filler)
    .map(([of, count, bytes]) => Buffer.concat([uint32(9), uint32(of), uint64(count), bytes])),
  fc
    .tuple(fc.integer({ min: 1, max: 40 }), size)
    .map(([depth, count]) =>
      Buffer.concat([
        ...Array.from({ length: depth }, () => Buffer.concat([uint32(9), uint64(1n)])),
        uint32(4),
        uint64(count),
      ]),
    ),
  fc.tuple(type, filler).map(([of, bytes]) => Buffer.concat([uint32(of), bytes])),
);
const entry = fc
  .tuple(fc.string({ maxLength: 20 }), fc.option(size, { freq: 3, nil: null }), value)
  .map(([key, stated, bytes]) => Buffer.concat([stated === null ? text(key) : text(key, stated), bytes]));
const tensor = fc
  .tuple(fc.string({ maxLength: 10 }), fc.oneof(fc.nat(9), fc.constant(2 ** 32 - 1)), fc.array(size, { maxLength: 9 }))
  .map(([name, dimensions, sizes]) =>
    Buffer.concat([text(name), uint32(dimensions), ...sizes.map(uint64), Buffer.alloc(12)]),
  );
const hostile = fc
  .record({
    entries: fc.array(entry, { maxLength: 4 }),
    tensors: fc.array(tensor, { maxLength: 3 }),
    statedEntries: fc.option(size, { nil: null }),
    statedTensors: fc.option(size, { nil: null }),
    cutAt: fc.option(fc.nat(300), { nil: null }),
  })
  .map(({ entries, tensors, statedEntries, statedTensors, cutAt }) => {
    const counts = [statedTensors ?? BigInt(tensors.length), statedEntries ?? BigInt(entries.length + 1)] as const;
    const bytes = head(...counts, architecture, ...entries, ...tensors, Buffer.alloc(64));
    return cutAt === null ? bytes : bytes.subarray(0, cutAt);
  });

/** Entries and tensors whose sizes are what they say. */
const honestValue = fc.oneof(
  fc.string({ maxLength: 80 }).map((each) => Buffer.concat([uint32(8), text(each)])),
  fc
    .array(fc.nat(), { maxLength: 20 })
    .map((list) => Buffer.concat([uint32(9), uint32(4), uint64(BigInt(list.length)), ...list.map(uint32)])),
  fc
    .array(fc.string({ maxLength: 20 }), { maxLength: 20 })
    .map((list) =>
      Buffer.concat([uint32(9), uint32(8), uint64(BigInt(list.length)), ...list.map((each) => text(each))]),
    ),
  fc.nat().map((each) => Buffer.concat([uint32(4), uint32(each)])),
);
/** Of 32-bit floats; all of them begin where the data do. */
const honestTensor = fc
  .tuple(fc.string({ maxLength: 10 }), fc.array(fc.nat(3), { maxLength: 8 }))
  .map(([name, sizes]) =>
    Buffer.concat([text(name), uint32(sizes.length), ...sizes.map((each) => uint64(BigInt(each))), Buffer.alloc(12)]),
  );
const mostHonestBytes = 32 + 4 * 3 ** 8;
const honest = fc
  .record({
    values: fc.dictionary(
      fc.string({ maxLength: 20 }).filter((key) => key !== 'general.architecture'),
      honestValue,
      { maxKeys: 8 },
    ),
    tensors: fc.array(honestTensor, { maxLength: 4 }),
  })
  .map(({ values, tensors }) => {
    const entries = Object.entries(values).map(([key, bytes]) => Buffer.concat([text(key), bytes]));
    const counts = [BigInt(tensors.length), BigInt(entries.length + 1)] as const;
    return head(...counts, architecture, ...entries, ...tensors, Buffer.alloc(mostHonestBytes));
  });

const many = (count: number, bytes: Buffer) => Buffer.concat(Array.from({ length: count }, () => bytes));

/** What a file is called that must be refused, and its bytes. */
const refused: readonly (readonly [string, Buffer])[] = [
  ['a text of 2^60 bytes', head(0n, 2n, architecture, text('k'), uint32(8), uint64(2n ** 60n), Buffer.alloc(64))],
  ['a key of 2^60 bytes', head(0n, 2n, architecture, uint64(2n ** 60n), Buffer.alloc(64))],
  ['a list of 2^60 numbers', head(0n, 2n, architecture, text('k'), uint32(9), uint32(4), uint64(2n ** 60n))],
  [
    'a list of 2^24 numbers in a small file',
    head(0n, 2n, architecture, text('k'), uint32(9), uint32(10), uint64(2n ** 24n)),
  ],
  [
    'a list of texts that never ends',
    head(0n, 2n, architecture, text('k'), uint32(9), uint32(8), uint64(2n ** 24n), Buffer.alloc(80_000)),
  ],
  ['lists of lists', head(0n, 2n, architecture, text('k'), many(40, Buffer.concat([uint32(9), uint64(1n)])))],
  ['2^40 entries', head(0n, 2n ** 40n, architecture)],
  ['2^63 tensors', head(2n ** 63n, 1n, architecture)],
  ['a tensor of 2^32 dimensions', head(1n, 1n, architecture, text('t'), uint32(2 ** 32 - 1), Buffer.alloc(64))],
  [
    'more text than a header has',
    head(0n, 60_000n, architecture, many(30_000, Buffer.concat([text('k'.repeat(100)), uint32(7), Buffer.alloc(1)]))),
  ],
];

async function inspectHere(bytes: Buffer) {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'x.gguf');
  await writeFile(path, bytes);
  return await inspectGguf(path);
}

describe('a hostile header', () => {
  it('is refused or read, whatever it says', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'x.gguf');
    await fc.assert(
      fc.asyncProperty(hostile, async (bytes) => {
        await writeFile(path, bytes);
        await inspectGguf(path).catch((error) => expect(error).toMatchObject({ code: 'invalid-gguf' }));
      }),
      { numRuns: 500 },
    );
  });

  it('is read where nothing of it is a lie, however odd it is', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'x.gguf');
    await fc.assert(
      fc.asyncProperty(honest, async (bytes) => {
        await writeFile(path, bytes);
        expect(await inspectGguf(path)).toMatchObject({ architecture: 'llama' });
      }),
      { numRuns: 200 },
    );
  });

  it.each(refused)('is refused for %s, in a child', async (_, bytes) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'x.gguf');
    await writeFile(path, bytes);
    const tools = { spawn: forkRunner, entry: inject('runnerEntry'), clock: manualClock() };
    await expect(inspectFile(tools, path)).rejects.toMatchObject({ code: 'invalid-gguf', retryable: false });
  });

  it('does not carry long texts into the facts', async () => {
    const long = (key: string, bytes: number) => Buffer.concat([text(key), uint32(8), text('x'.repeat(bytes))]);
    const facts = await inspectHere(
      head(
        0n,
        8n,
        architecture,
        long('a', 300_000),
        ...[1, 2, 3, 4, 5].map((at) => long(`b${at}`, 200_000)),
        long('c', 10),
      ),
    );
    expect(facts.metadata).toMatchObject({ a: null, c: 'x'.repeat(10), b1: expect.any(String) });
    expect(JSON.stringify(facts).length).toBeLessThan(1.1 * 2 ** 20);
  });

  it('is given half a minute', async () => {
    const clock = manualClock();
    const runners = fakeRunners({ isAnswering: false });
    const reading = inspectFile({ spawn: runners.spawn, entry: '', clock }, '/x');
    const failure = expect(reading).rejects.toMatchObject({ code: 'invalid-gguf' });
    await clock.advance(29_000);
    expect(runners.all[0]?.isKilled).toBe(false);
    await clock.advance(1_000);
    await failure;
    await until('the child is gone', () => runners.all[0]?.isKilled);
  });

  it.each<[string, (send: (message: FromRunner) => void, crash: () => void) => void, string]>([
    [
      'one that cannot be read',
      (send) => send({ type: 'failure', id: null, code: 'internal', message: 'EIO' }),
      'load-failed',
    ],
    ['a child that dies of it', (_, crash) => crash(), 'runner-crashed'],
  ])('is told from %s', async (_, act, code) => {
    const runners = fakeRunners({ isAnswering: false });
    const reading = inspectFile({ spawn: runners.spawn, entry: '', clock: manualClock() }, '/x');
    act(
      (message) => runners.all[0]!.emit(message),
      () => runners.all[0]!.crash(),
    );
    await expect(reading).rejects.toMatchObject({ code });
  });

  it('is not a folder, and not a file that is missing', async () => {
    await using folder = await temporaryFolder();
    await mkdir(join(folder.path, 'x.gguf'));
    const tools = { spawn: forkRunner, entry: inject('runnerEntry'), clock: manualClock() };
    await expect(inspectFile(tools, join(folder.path, 'x.gguf'))).rejects.toMatchObject({ code: 'load-failed' });
    await expect(inspectFile(tools, join(folder.path, 'missing'))).rejects.toMatchObject({ code: 'load-failed' });
  });
});
