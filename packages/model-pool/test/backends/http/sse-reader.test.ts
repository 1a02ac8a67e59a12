import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  eventLimitBytes,
  parseEventData,
  type ServerSentEvent,
  SseReader,
} from '../../../src/backends/http/sse-reader.js';

function read(chunks: readonly Uint8Array[]): ServerSentEvent[] {
  const reader = new SseReader();
  const events = chunks.flatMap((chunk) => [...reader.push(chunk)]);
  const last = reader.end();
  return last === null ? events : [...events, last];
}

function split(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
}

const message = (data: string) => ({ type: 'message', data });

describe('server-sent events', () => {
  const cases: [string, string, ServerSentEvent[]][] = [
    ['nothing', '', []],
    ['one event', 'data: {"a":1}\n\n', [message('{"a":1}')]],
    ['no space after the colon', 'data:x\n\n', [message('x')]],
    ['only the first space goes', 'data:  x \n\n', [message(' x ')]],
    ['a named event', 'event: call-end\ndata: x\n\ndata: y\n\n', [{ type: 'call-end', data: 'x' }, message('y')]],
    ['data of several lines', 'data: a\ndata: b\ndata\ndata: c\n\n', [message('a\nb\n\nc')]],
    ['comments, ids and retries', ': open\nid: 7\nretry: 10\n:\n\ndata: x\n: between\n\n', [message('x')]],
    ['an event without data', 'event: ping\n\ndata: x\n\n', [message('x')]],
    ['empty data', 'data:\n\n', [message('')]],
    ['many empty lines', '\n\n\ndata: x\n\n\n\n', [message('x')]],
    [
      'carriage returns and newlines',
      'event: a\r\ndata: x\r\n\r\ndata: y\r\n\r\n',
      [{ type: 'a', data: 'x' }, message('y')],
    ],
    ['carriage returns alone', 'data: x\r\rdata: y\r\r', [message('x'), message('y')]],
    ['an end without an empty line', 'data: x\n\ndata: y\n', [message('x'), message('y')]],
    ['an end in a line', 'data: x\n\ndata: y', [message('x'), message('y')]],
    ['a mark of byte order', '\uFEFFdata: x\n\n', [message('x')]],
  ];
  for (const [name, text, events] of cases)
    it(`${name} is read`, () => expect(read([Buffer.from(text)])).toEqual(events));

  it('what is no part of an event breaks the stream: it may have been text', () => {
    for (const text of ['{"choices":[]}\n', 'dat: {"a":1}\n\n', '<html>\n', 'error: {"code":500}\n\n', '}\n']) {
      expect(() => read([Buffer.from(text)]), text).toThrow(
        expect.objectContaining({ code: 'stream-broken', details: expect.objectContaining({ fault: 'bad-line' }) }),
      );
    }
    expect(() => read([Buffer.from('data: \xff\n\n', 'latin1')])).toThrow(
      expect.objectContaining({ code: 'stream-broken', details: { fault: 'bad-line' } }),
    );
  });

  it('an event over the limit is refused before its end, in one line or in many', () => {
    const refused = expect.objectContaining({ code: 'stream-broken', details: { fault: 'line-too-long' } });
    const feed = (part: Uint8Array) => {
      const reader = new SseReader();
      for (let bytes = 0; bytes <= eventLimitBytes; bytes += part.length) [...reader.push(part)];
    };
    expect(() => feed(Buffer.alloc(1024 * 1024, 'x'))).toThrow(refused);
    expect(() => feed(Buffer.from(`data: ${'x'.repeat(64 * 1024)}\n`))).toThrow(refused);
  });

  it('comments without end are no large event', () => {
    const reader = new SseReader();
    const part = Buffer.from(`: ${'x'.repeat(1024 * 1024)}\n`);
    for (let bytes = 0; bytes <= 2 * eventLimitBytes; bytes += part.length) expect([...reader.push(part)]).toEqual([]);
  });

  it('10,000 random splits give equal events', () => {
    const line = fc.oneof(
      fc.constantFrom(
        'data: [DONE]',
        'data: {"text":"Grüße 🦙 ＡＢ"}',
        'data',
        ': comment',
        'id: 1',
        'event: a',
        '',
        '',
      ),
      fc.string({ unit: 'grapheme' }).map((text) => `data: ${JSON.stringify(text)}`),
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.array(fc.nat(), { maxLength: 20 }),
        (lines, ending, cuts) => {
          const bytes = Buffer.from(lines.map((text) => text + ending).join(''));
          expect(read(split(bytes, cuts))).toEqual(read([bytes]));
        },
      ),
      { numRuns: 10_000 },
    );
  });

  it('the bytes one by one give equal events', () => {
    const bytes = Buffer.from('event: a\r\ndata: {"text":"Grüße 🦙"}\r\n\r\ndata: [1,\ndata: 2]\n\n');
    expect(read([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(read([bytes]));
  });
});

describe('the data of an event', () => {
  it('is JSON, or breaks the stream', () => {
    expect(parseEventData('{"a":[1]}')).toEqual({ a: [1] });
    for (const data of ['', '[DONE]', '{"a"', 'x'])
      expect(() => parseEventData(data), data).toThrow(expect.objectContaining({ code: 'stream-broken' }));
  });
});
