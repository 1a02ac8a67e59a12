import { seededRandom } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import type { StreamEvent } from '../../src/submit/stream-event.js';
import { createTranscript } from '../../src/submit/transcript.js';

function record(live = true) {
  let shown = '';
  const transcript = createTranscript({
    open: () => ({
      write: (text) => {
        shown += text;
      },
      end: () => {
        shown += '|';
      },
    }),
    onRestart: () => {
      shown += '<again>';
    },
    live,
  });
  return { transcript, shown: () => shown };
}

const labels = { purpose: 'answer' as const };
const delta = (callId: string, offset: number, text: string): StreamEvent => ({
  type: 'text-delta',
  requestId: 'r',
  callId,
  offset,
  text,
  labels,
});
const snapshot = (callId: string, text: string): StreamEvent => ({
  type: 'text-snapshot',
  requestId: 'r',
  callId,
  text,
  labels,
});

describe('createTranscript', () => {
  it('shows pieces as they come and the result once', () => {
    const { transcript, shown } = record();
    transcript.push(delta('a', 0, 'Hel'));
    transcript.push(delta('a', 3, 'lo'));
    expect(shown()).toBe('Hello');
    transcript.finish('Hello!');
    expect(shown()).toBe('Hello!|');
  });

  it('shows everything at the end where nobody watches', () => {
    const { transcript, shown } = record(false);
    transcript.push(delta('a', 0, 'Hel'));
    expect(shown()).toBe('');
    transcript.finish('Hello');
    expect(shown()).toBe('Hello|');
  });

  it('goes on by a snapshot after a lost connection', () => {
    const { transcript, shown } = record();
    transcript.push(delta('a', 0, 'Hel'));
    transcript.push(delta('a', 5, ' world'));
    transcript.push(snapshot('a', 'Hello world'));
    transcript.push(delta('a', 9, 'ld!'));
    transcript.finish('Hello world!');
    expect(shown()).toBe('Hello world!|');
  });

  it('begins anew with the next attempt, and does not listen to the failed one again', () => {
    const { transcript, shown } = record();
    transcript.push(delta('a', 0, 'Wrong'));
    transcript.push(delta('b', 0, 'Right'));
    transcript.push(snapshot('a', 'Wrong way'));
    transcript.finish('Right');
    expect(shown()).toBe('Wrong|<again>Right|');
  });

  it('lets the stored result have the last word', () => {
    const { transcript, shown } = record();
    transcript.push(delta('a', 0, 'Other'));
    transcript.finish('Stored');
    expect(shown()).toBe('Other|<again>Stored|');
  });

  it('says nothing about an attempt of which nothing was shown', () => {
    const { transcript, shown } = record(false);
    transcript.push(delta('a', 0, 'Wrong'));
    transcript.push(delta('b', 0, 'Right'));
    transcript.finish(null);
    expect(shown()).toBe('Right|');
  });

  it('shows nothing but the answer', () => {
    const { transcript, shown } = record();
    transcript.push({ ...delta('a', 0, 'ack'), labels: { purpose: 'acknowledge' } } as StreamEvent);
    transcript.push({ ...delta('a', 0, 'hm'), type: 'thinking-delta' } as StreamEvent);
    transcript.finish(null);
    expect(shown()).toBe('');
  });

  it('ends with the result whatever is lost, repeated or cut in 2,000 random streams', () => {
    const random = seededRandom(3);
    for (let round = 0; round < 2_000; round++) {
      const { transcript, shown } = record();
      const result = 'abcdefghijklmnopqrstuvwxyz'.slice(0, 1 + Math.floor(random() * 26));
      for (let offset = 0; offset < result.length; ) {
        const length = 1 + Math.floor(random() * 5);
        const lost = random() < 0.2;
        if (!lost) transcript.push(delta('a', offset, result.slice(offset, offset + length)));
        if (random() < 0.2) transcript.push(snapshot('a', result.slice(0, offset + length)));
        offset += random() < 0.1 ? 0 : length;
      }
      transcript.finish(result);
      expect(shown(), result).toBe(`${result}|`);
    }
  });
});
