import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLineSplitter, LINE_LIMIT } from '../../src/logs/line-splitter.js';

function split(chunks: readonly (string | Buffer)[], redact = (text: string) => text): string[] {
  const lines: string[] = [];
  const splitter = createLineSplitter(redact, (line) => lines.push(line));
  for (const chunk of chunks) splitter.write(Buffer.from(chunk));
  splitter.end();
  splitter.end();
  return lines;
}

describe('lines', () => {
  it('are whole however the bytes arrive', () => {
    const lines = fc.array(fc.string({ unit: 'grapheme' }).map((line) => line.replace(/[\r\n]/g, '')));
    fc.assert(
      fc.property(lines, fc.array(fc.nat(400)), (expected, cuts) => {
        const bytes = Buffer.from(expected.map((line) => `${line}\n`).join(''));
        const at = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        expect(split(at.slice(1).map((end, index) => bytes.subarray(at[index], end)))).toEqual(expected);
      }),
    );
  });

  it('end with the stream, and lose a carriage return', () => {
    expect(split(['a\r\nb\n\nha', 'lf'])).toEqual(['a', 'b', '', 'half']);
  });

  it('of more than 64 KiB are cut once and marked', () => {
    const [long, next] = split(['x'.repeat(LINE_LIMIT), 'y'.repeat(LINE_LIMIT), 'z\nnext\n']);
    expect(long).toBe(`${'x'.repeat(LINE_LIMIT)} … [cut: ${2 * LINE_LIMIT + 1} characters]`);
    expect(next).toBe('next');
    expect(split(['x'.repeat(LINE_LIMIT)])).toEqual(['x'.repeat(LINE_LIMIT)]);
  });

  it('SUPERVISOR-5: show nothing of a secret that crosses the cut', () => {
    const secret = 'c0ffee'.padEnd(64, '0');
    const [line] = split([`${'x'.repeat(LINE_LIMIT - 10)}${secret}${'y'.repeat(10_000)}`], (text) =>
      text.replaceAll(secret, '[redacted]'),
    );
    expect(line).not.toContain('c0ffee');
  });
});
