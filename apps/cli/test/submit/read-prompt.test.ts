import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { temporaryFolder } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { readPrompt } from '../../src/submit/read-prompt.js';

const signal = new AbortController().signal;
const none = () => Readable.from([]);
const read = (text?: string, stdin: () => Readable = none, file?: string) => readPrompt({ text, file, stdin, signal });
const failure = (code: string) => ({ exitCode: 2, envelope: { code } });

describe('readPrompt', () => {
  it('takes the argument', async () => {
    expect(await read('hello')).toBe('hello');
  });

  it.each(['', '  \n\t '])('refuses the empty text %j', async (text) => {
    await expect(read(text)).rejects.toMatchObject(failure('prompt-empty'));
  });

  it('refuses more than 100,000 characters and takes exactly so many', async () => {
    expect(await read('x'.repeat(100_000))).toHaveLength(100_000);
    await expect(read('x'.repeat(100_001))).rejects.toMatchObject(failure('prompt-too-long'));
  });

  it('replaces NUL and lone surrogates and keeps everything else', async () => {
    expect(await read("a\u0000b\uD800c <script> '; drop table --")).toBe("a\uFFFDb\uFFFDc <script> '; drop table --");
  });

  it('reads stdin as UTF-8, whatever it holds', async () => {
    expect(
      await read('-', () =>
        Readable.from([Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0xc3]), Buffer.from([0xa9, 0xff, 0x62])]),
      ),
    ).toBe('aé\uFFFDb');
  });

  it.each([
    [Buffer.from([0x61, 0xff, 0xc3, 0x28, 0x00]), 3],
    [Buffer.from('already \uFFFD there'), 0],
    [Buffer.concat([Buffer.from('\uFFFD'), Buffer.from([0xe2, 0x82])]), 1],
    [Buffer.from('fine'), 0],
  ])('counts what was not valid: %#', async (bytes, count) => {
    let replaced = 0;
    const onReplaced = (number: number) => {
      replaced = number;
    };
    await readPrompt({ text: '-', file: undefined, stdin: () => Readable.from([bytes]), signal, onReplaced });
    expect(replaced).toBe(count);
  });

  it('stops reading an endless stdin', async () => {
    const endless = () =>
      Readable.from(
        (function* () {
          for (;;) yield Buffer.alloc(65_536, 'x');
        })(),
      );
    await expect(read('-', endless)).rejects.toMatchObject(failure('prompt-too-long'));
  });

  it('reads a file', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'task.md');
    await writeFile(path, 'from a file');
    expect(await read(undefined, none, path)).toBe('from a file');
    await expect(read(undefined, none, join(folder.path, 'missing'))).rejects.toMatchObject(failure('usage'));
    await expect(read(undefined, none, folder.path)).rejects.toThrow(/: it is a folder \(EISDIR\)\.$/);
    await expect(read('text', none, path)).rejects.toMatchObject(failure('usage'));
  });

  it('names what is missing', async () => {
    await expect(read()).rejects.toMatchObject(failure('usage'));
  });

  it('lets go of stdin when it is interrupted', async () => {
    const controller = new AbortController();
    const stdin = new Readable({ read() {} });
    const prompt = readPrompt({ text: '-', file: undefined, stdin: () => stdin, signal: controller.signal });
    controller.abort(new Error('interrupted'));
    await expect(prompt).rejects.toThrow('interrupted');
    expect(stdin.destroyed).toBe(true);
  });
});
