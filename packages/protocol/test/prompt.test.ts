import { maxPromptCharacters, normalizePrompt, ProtocolError, toWellFormed } from '@tale/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

describe('normalizePrompt', () => {
  it('keeps ordinary text (PROTOCOL-1), markup, SQL and escapes as they are', () => {
    for (const text of [
      'hello world',
      '<script>alert(1)</script>',
      "'; DROP TABLE tasks; --",
      '\u001b[31mred',
      ' a\n',
    ]) {
      expect(normalizePrompt(text)).toBe(text);
    }
  });

  it('replaces NUL and lone surrogates', () => {
    expect(normalizePrompt('a\u0000b\ud800c\udc00d\ud83d\ude00')).toBe('a\ufffdb\ufffdc\ufffdd\ud83d\ude00');
  });

  it.each(['', ' ', '\n\t ', '\u3000'])('refuses %j as empty', (text) => {
    expect(() => normalizePrompt(text)).toThrow(expect.objectContaining({ code: 'prompt-empty', retryable: false }));
  });

  it('accepts the documented limit and refuses one more', () => {
    expect(normalizePrompt('x'.repeat(maxPromptCharacters))).toHaveLength(maxPromptCharacters);
    expect(() => normalizePrompt('x'.repeat(maxPromptCharacters + 1))).toThrow(
      expect.objectContaining({ code: 'prompt-too-long', limitCharacters: maxPromptCharacters }),
    );
  });
});

it('makes any text well-formed and leaves well-formed text alone', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.nat(0xffff).map((unit) => String.fromCharCode(unit)) }), (text) => {
      const formed = toWellFormed(text);
      expect(formed).toHaveLength(text.length);
      expect(Buffer.from(formed, 'utf8').toString('utf8')).toBe(formed);
      expect(toWellFormed(formed)).toBe(formed);
    }),
  );
});

it('recognises its errors from another installed copy', () => {
  const foreign = Object.defineProperty(new Error('x'), Symbol.for('@tale/protocol/error'), { value: true });
  expect(ProtocolError.isInstance(foreign)).toBe(true);
  expect(ProtocolError.isInstance(new Error('x'))).toBe(false);
});
