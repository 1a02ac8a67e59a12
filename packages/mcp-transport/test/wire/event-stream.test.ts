import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventStreamParser } from '../../src/wire/event-stream.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const parse = (...chunks: string[]) => {
  const parser = createEventStreamParser();
  return chunks.flatMap((chunk) => parser.push(bytes(chunk)));
};

describe('createEventStreamParser', () => {
  it.each([
    ['data: a\n\n', [{ event: 'message', data: 'a', id: null }]],
    ['data:a\ndata: b\n\n', [{ event: 'message', data: 'a\nb', id: null }]],
    ['event: x\nid: 7\ndata:  a\n\n', [{ event: 'x', data: ' a', id: '7' }]],
    [
      'id: 7\ndata: a\n\ndata: b\n\n',
      [
        { event: 'message', data: 'a', id: '7' },
        { event: 'message', data: 'b', id: '7' },
      ],
    ],
    [
      'id: 7\ndata: a\n\nid\ndata: b\n\n',
      [
        { event: 'message', data: 'a', id: '7' },
        { event: 'message', data: 'b', id: '' },
      ],
    ],
    ['id: a\0b\ndata: x\n\n', [{ event: 'message', data: 'x', id: null }]],
    [': keepalive\n\ndata: a\r\n\r\n', [{ event: 'message', data: 'a', id: null }]],
    [
      'data: a\r\rdata: b\r\r\n',
      [
        { event: 'message', data: 'a', id: null },
        { event: 'message', data: 'b', id: null },
      ],
    ],
    ['\uFEFFdata: a\n\n', [{ event: 'message', data: 'a', id: null }]],
    ['event: x\n\ndata: a\n\n', [{ event: 'message', data: 'a', id: null }]],
    ['retry: 5\nunknown\ndata\n\n', [{ event: 'message', data: '', id: null }]],
    ['data: unfinished\n', []],
  ])('reads %j', (text, events) => {
    expect(parse(text)).toEqual(events);
  });

  it('gives the same events wherever the bytes are cut', () => {
    const line = fc.string({ unit: 'grapheme' }).map((text) => text.replace(/[\r\n\0]/g, ''));
    const stream = fc.array(
      fc.record({ event: line, data: fc.array(line, { minLength: 1 }), end: fc.constantFrom('\n', '\r\n', '\r') }),
    );
    fc.assert(
      fc.property(stream, fc.array(fc.nat(200)), (events, cuts) => {
        const text = events
          .map(
            ({ event, data, end }) =>
              `event: ${event}${end}${data.map((part) => `data: ${part}${end}`).join('')}${end}`,
          )
          .join('');
        const whole = bytes(`${text}: end\n`);
        const parser = createEventStreamParser();
        const seen = [];
        let from = 0;
        for (const cut of [...cuts, whole.length]) {
          seen.push(...parser.push(whole.subarray(from, from + cut)));
          from += cut;
        }
        seen.push(...parser.push(whole.subarray(from)));
        expect(seen).toEqual(
          events.map(({ event, data }) => ({ event: event || 'message', data: data.join('\n'), id: null })),
        );
      }),
    );
  });

  it('refuses an event over the cap, with and without a line end', () => {
    const fill = (chunk: string) => {
      const parser = createEventStreamParser(1_000);
      for (let index = 0; index < 20; index += 1) parser.push(bytes(chunk));
    };
    expect(() => fill('x'.repeat(100))).toThrow(expect.objectContaining({ code: 'too-large', retryable: false }));
    expect(() => fill(`data: ${'x'.repeat(100)}\n`)).toThrow(expect.objectContaining({ code: 'too-large' }));
    expect(() => fill(`data: ${'x'.repeat(900)}\n\n`)).not.toThrow();
  });
});
