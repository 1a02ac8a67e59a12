import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspectGguf, parameterSize } from '../../src/gguf/inspect.js';
import { quantizationName } from '../../src/gguf/quantization.js';
import { type GgufEntry, gguf } from '../../src/testing/gguf-writer.js';
import { writeTinyGguf } from '../../src/testing/index.js';

/** Where the entry of the only tensor ends, whose name is `t`: type and offset are its last twelve bytes. */
function infoEnd(header: Buffer): number {
  const name = Buffer.from([1, 0, 0, 0, 0, 0, 0, 0, 't'.charCodeAt(0), 1, 0, 0, 0]);
  return header.indexOf(name) + name.length + 8 + 12;
}

async function inspectBytes(bytes: Buffer) {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'x.gguf');
  await writeFile(path, bytes);
  return await inspectGguf(path);
}

describe('header of a GGUF file', () => {
  it('gives the facts of a model', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'tiny.gguf');
    await writeTinyGguf(path);
    const facts = await inspectGguf(path);
    expect(facts).toMatchObject({
      ...{
        architecture: 'llama',
        quantization: 'F32',
        blocks: 2,
        kvHeads: 4,
        headDim: 16,
        embedding: 64,
        contextTokens: 2_048,
      },
      metadata: { 'general.name': 'tale-tiny', 'tokenizer.ggml.tokens': null, 'tokenizer.ggml.add_bos_token': true },
    });
    expect(facts.vocabulary).toBeGreaterThan(300);
    expect(facts.parameters).toMatch(/K$/);
    expect(facts.template).toContain('message');
  });

  it('has defaults for what a file does not say', async () => {
    const entries: GgufEntry[] = [['general.architecture', 'text', 'llama']];
    expect(await inspectBytes(gguf(entries, []))).toMatchObject({
      ...{ blocks: 0, kvHeads: 1, contextTokens: 2_048, template: null, quantization: 'unknown', parameters: '0K' },
    });
  });

  it('is refused when the architecture is missing or the file is something else', async () => {
    await expect(inspectBytes(gguf([], []))).rejects.toMatchObject({ code: 'invalid-gguf' });
    await expect(inspectBytes(Buffer.from('not a model at all, but long enough'))).rejects.toMatchObject({
      code: 'invalid-gguf',
    });
    await expect(inspectBytes(Buffer.alloc(0))).rejects.toMatchObject({ code: 'invalid-gguf' });
  });

  it('refuses a file that is cut off at its end, and says how many bytes are missing', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'tiny.gguf');
    await writeTinyGguf(path);
    const whole = await readFile(path);
    expect(await inspectBytes(whole)).toMatchObject({ architecture: 'llama' });
    for (const missing of [1, 4_096, 300_000]) {
      await expect(inspectBytes(whole.subarray(0, whole.length - missing)), `${missing}`).rejects.toMatchObject({
        ...{ code: 'invalid-gguf', message: expect.stringContaining(` ${missing} bytes are missing`) },
        facts: { neededBytes: whole.length, availableBytes: whole.length - missing },
      });
    }
  });

  it.each<[string, number, number, number]>([
    ['F32', 0, 64, 256],
    ['F16', 1, 64, 128],
    ['Q4_0', 2, 64, 36],
    ['Q4_1', 3, 64, 40],
    ['Q8_0', 8, 64, 68],
    ['Q4_K', 12, 512, 288],
    ['Q6_K', 14, 512, 420],
    ['IQ2_XXS', 16, 512, 132],
  ])('knows how long a tensor of %s is', async (_, type, values, bytes) => {
    const header = gguf([['general.architecture', 'text', 'x']], [['t', [values], new Float32Array(0)]]);
    header.writeUInt32LE(type, infoEnd(header) - 12);
    const file = (dataBytes: number) => Buffer.concat([header, Buffer.alloc(dataBytes)]);
    await inspectBytes(file(bytes));
    await expect(inspectBytes(file(bytes - 1))).rejects.toMatchObject({ code: 'invalid-gguf' });
  });

  it('takes a type that it does not know for as long as the file is, and no alignment that cannot be', async () => {
    const header = gguf([['general.architecture', 'text', 'x']], [['t', [64], new Float32Array(0)]]);
    header.writeUInt32LE(999, infoEnd(header) - 12);
    expect(await inspectBytes(header)).toMatchObject({ architecture: 'x' });
    for (const alignment of [0, 3, 48]) {
      const odd = gguf(
        [
          ['general.architecture', 'text', 'x'],
          ['general.alignment', 'uint32', alignment],
        ],
        [['t', [1], new Float32Array(1)]],
      );
      await expect(inspectBytes(odd), `${alignment}`).rejects.toMatchObject({ code: 'invalid-gguf' });
    }
  });

  it('never hangs, crashes or takes memory for a damaged one', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'tiny.gguf');
    await writeTinyGguf(path);
    const whole = (await readFile(path)).subarray(0, 20_000);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), async (at, byte, length) => {
        const damaged = Buffer.from(whole.subarray(0, length));
        if (at < length) damaged[at] = byte;
        await inspectBytes(damaged).catch((error) => expect(error).toMatchObject({ code: 'invalid-gguf' }));
      }),
      { numRuns: 150 },
    );
  });

  it('does not believe sizes', async () => {
    const head = (tensors: bigint, entries: bigint) => {
      const bytes = Buffer.alloc(64);
      bytes.write('GGUF');
      bytes.writeUInt32LE(3, 4);
      bytes.writeBigUInt64LE(tensors, 8);
      bytes.writeBigUInt64LE(entries, 16);
      bytes.writeBigUInt64LE(2n ** 40n, 24); // length of the first key
      return bytes;
    };
    for (const bytes of [head(0n, 1n), head(2n ** 62n, 0n), head(0n, 2n ** 32n)]) {
      await expect(inspectBytes(bytes)).rejects.toMatchObject({ code: 'invalid-gguf' });
    }
  });

  it('reads every type of value', async () => {
    const bytes = gguf([['general.architecture', 'text', 'x']], []);
    const sizes = [1, 1, 2, 2, 4, 4, 4, 1, null, null, 8, 8, 8];
    for (const [type, size] of sizes.entries()) {
      if (size === null) continue;
      const entry = Buffer.concat([
        Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]),
        Buffer.from('k'),
        Buffer.from([type, 0, 0, 0]),
        Buffer.alloc(size, 1),
      ]);
      const edited = Buffer.concat([bytes.subarray(0, 24), entry, bytes.subarray(24)]);
      edited.writeBigUInt64LE(2n, 16);
      const { metadata } = await inspectBytes(edited);
      expect(metadata.k, `type ${type}`).not.toBeNull();
    }
    const unknown = Buffer.concat([
      bytes.subarray(0, 24),
      Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]),
      Buffer.from('k'),
      Buffer.from([99, 0, 0, 0]),
    ]);
    unknown.writeBigUInt64LE(1n, 16);
    await expect(inspectBytes(Buffer.concat([unknown, Buffer.alloc(100)]))).rejects.toMatchObject({
      code: 'invalid-gguf',
    });
  });

  it('names sizes and quantisations as Ollama does', () => {
    expect([1.1e9, 8e9, 494_032_768, 1_000].map(parameterSize)).toEqual(['1.1B', '8B', '494.03M', '1K']);
    expect([15, 3, 999, 'x'].map(quantizationName)).toEqual(['Q4_K_M', 'Q4_1', 'unknown', 'unknown']);
  });
});
