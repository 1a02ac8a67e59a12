import { manualClock } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { createCollector } from '../../src/logs/collector.js';
import { formatLogLine, parseLogLine, readServerLine } from '../../src/logs/log-line.js';
import type { LogLine } from '../../src/types.js';

const origin = { server: 'one', instance: 2, atMs: 5, level: 'info' } as const;

describe('a JSON line of a server', () => {
  it.each([
    ['{"level":30,"time":7,"pid":1,"msg":"hi"}', { atMs: 7, level: 'info', text: 'hi', fields: { pid: 1 } }],
    ['{"level":60,"msg":"gone"}', { atMs: 5, level: 'fatal', text: 'gone', fields: null }],
    ['{"level":"warn","atMs":8,"message":"hm"}', { atMs: 8, level: 'warn', text: 'hm', fields: null }],
    ['{"level":"loud","text":"x"}', { level: 'info', text: 'x' }],
    ['{"level":5}', { level: 'trace', text: '' }],
    ['{"level":900,"time":"soon"}', { atMs: 5, level: 'fatal' }],
    ['{}', { level: 'info', text: '', fields: null }],
  ])('%s', (text, expected) => {
    expect(readServerLine(text, origin)).toMatchObject({ server: 'one', instance: 2, ...expected });
  });

  it.each(['', 'text', '[1]', '7', '{"torn":', 'null'])('%j is none', (text) => {
    expect(readServerLine(text, origin)).toBeNull();
  });
});

describe('a line of the log file', () => {
  it('is read as it was written', () => {
    const line: LogLine = { atMs: 1, server: 'one', instance: 1, level: 'error', text: 'a\nb', fields: { x: [1] } };
    expect(formatLogLine(line).split('\n')).toHaveLength(2);
    expect(parseLogLine(formatLogLine(line))).toEqual(line);
  });

  it.each(['', '{', '[]', 'null', '{"atMs":1}', '{"atMs":1,"server":"a","instance":1,"text":"x","level":"loud"}'])(
    '%j is none',
    (text) => {
      expect(parseLogLine(text)).toBeNull();
    },
  );
});

describe('text on stderr', () => {
  function collect() {
    const clock = manualClock();
    const lines: string[] = [];
    const onLine = ({ level, text }: LogLine) => void lines.push(`${level}: ${text}`);
    const collector = createCollector({ server: 'one', instance: 1, clock, redact: (text) => text, onLine });
    return { clock, lines, collector, print: (text: string) => collector.stderr.write(Buffer.from(text)) };
  }

  it('is gathered until it pauses', async () => {
    const { clock, lines, print } = collect();
    print('\none\n');
    await clock.advance(50);
    print('  two\n');
    await clock.advance(99);
    expect(lines).toEqual([]);
    await clock.advance(1);
    expect(lines).toEqual(['error: one\n  two']);
  });

  it('is given out before a JSON line that follows it', () => {
    const { lines, print } = collect();
    print('one\n{"level":"info","msg":"two"}\n');
    expect(lines).toEqual(['error: one', 'info: two']);
  });

  it('is fatal if the process crashes right after it', () => {
    const { lines, print, collector } = collect();
    print('Error: one\n    at two');
    collector.end(true);
    expect(lines).toEqual(['fatal: Error: one\n    at two']);
  });

  it('is bounded', () => {
    const { lines, print, collector } = collect();
    for (let count = 0; count < 100; count++) print(`${'x'.repeat(1_000)}\n`);
    collector.end(false);
    expect(lines).toHaveLength(2);
  });

  it('on stdout is information line by line, blank lines left out', () => {
    const { lines, collector } = collect();
    collector.stdout.write(Buffer.from('one\n\n{"msg":"two","level":"warn"}\nthree'));
    collector.end(false);
    expect(lines).toEqual(['info: one', 'warn: two', 'info: three']);
  });
});
