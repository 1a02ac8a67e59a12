import { seededRandom } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { createSanitizer, sanitize, sanitizeLine } from '../../src/terminal/sanitizer.js';

const E = '\u001B';
/** Code points that a terminal must never get: controls but LF and TAB, bidi controls, zero width, tags, lone surrogates. */
const forbidden: readonly (readonly [first: number, last: number])[] = [
  [0x00, 0x08],
  [0x0b, 0x1f],
  [0x7f, 0x9f],
  [0x061c, 0x061c],
  [0x200b, 0x200b],
  [0x200e, 0x200f],
  [0x202a, 0x202e],
  [0x2060, 0x206f],
  [0xd800, 0xdfff],
  [0xfeff, 0xfeff],
  [0xe0000, 0xe007f],
];

/** The first forbidden code point of a text, hex, or `null`. */
function findForbidden(text: string): string | null {
  for (const character of text) {
    const point = character.codePointAt(0)!;
    if (forbidden.some(([first, last]) => point >= first && point <= last)) return point.toString(16);
  }
  return null;
}

const samples: Record<string, [text: string, shown: string]> = {
  'SGR colour': [`${E}[31mX`, 'X'],
  'clear screen': [`${E}[2JX`, 'X'],
  'OSC 0 title': [`${E}]0;title\u0007X`, 'X'],
  'OSC 52 clipboard': [`${E}]52;c;cm0gLXJm\u0007X`, 'X'],
  'OSC 8 link': [`${E}]8;;http://evil\u0007link${E}]8;;\u0007`, 'link'],
  'OSC ended by ST': [`${E}]0;t${E}\\X`, 'X'],
  'unterminated OSC': [`${E}]0;abc`, ''],
  'unterminated OSC ends with its line': [`${E}]0;abc\nX`, '\nX'],
  DCS: [`${E}Pq#0${E}\\X`, 'X'],
  APC: [`${E}_Gf=100;AAAA${E}\\X`, 'X'],
  PM: [`${E}^x${E}\\X`, 'X'],
  SOS: [`${E}Xx${E}\\Y`, 'Y'],
  'string cut by a new sequence': [`${E}]0;t${E}[31mX`, 'X'],
  'C1 CSI': ['\u009B2JX', 'X'],
  'C1 OSC': ['\u009D0;t\u009CX', 'X'],
  'C1 DCS': ['\u0090q\u009CX', 'X'],
  'alternate screen': [`${E}[?1049hX`, 'X'],
  'device report': [`${E}[6nX`, 'X'],
  'full reset': [`${E}cX`, 'X'],
  'charset with an intermediate': [`${E}(BX`, 'X'],
  'bare CR': ['safe\rEVIL', 'safeEVIL'],
  'CR LF': ['a\r\nb', 'a\nb'],
  backspace: ['rm\b\bls', 'rmls'],
  BEL: ['\u0007X', 'X'],
  'shift out': ['\u000EX', 'X'],
  DEL: ['a\u007Fb', 'ab'],
  bidi: ['a\u202Eb', 'ab'],
  'zero width': ['a\u200Bb', 'ab'],
  'tag character': ['a\u{E0041}b', 'ab'],
  'lone surrogates': ['a\uD800b\uDC00c\uD83D', 'a\uFFFDb\uFFFDc\uFFFD'],
  'tab and line feed': ['a\tb\nc', 'a\tb\nc'],
  'family emoji keeps its joiners': ['👩‍👩‍👧', '👩‍👩‍👧'],
  'Persian keeps its non-joiner': ['می‌خواهم', 'می‌خواهم'],
  'joiner beside a space': ['a \u200D b', 'a  b'],
  'joiner at the end': ['a\u200D', 'a'],
};

describe('sanitize', () => {
  for (const [name, [text, shown]] of Object.entries(samples)) {
    it(`takes out: ${name}`, () => {
      expect(sanitize(text)).toBe(shown);
      expect(findForbidden(shown)).toBeNull();
    });
  }

  it('shows an overlong sequence as the text it is', () => {
    const text = sanitize(`${E}]0;${'x'.repeat(10_000)}`);
    expect(text.length).toBeGreaterThan(5_000);
    expect(findForbidden(text)).toBeNull();
  });

  it('puts everything on one line where one is wanted', () => {
    expect(sanitizeLine(' a\n\tb\u001B[2J  c ')).toBe('a b c');
  });
});

describe('createSanitizer', () => {
  const pieces = [
    E,
    '[',
    ']',
    'P',
    '_',
    '\\',
    '\u009B',
    '\u009D',
    '\u009C',
    '\u0007',
    '\r',
    '\n',
    '\b',
    ';',
    '0',
    'm',
    'text',
    'é',
    '漢',
    '👩',
    '\u200D',
    '\u202E',
    '\uD83D',
    '\uDE00',
    '\u{E0041}',
    ' ',
    '\u0018',
    '~',
  ];

  it('lets nothing through and does not depend on where the text is cut, in 20,000 random texts', () => {
    const random = seededRandom(7);
    for (let round = 0; round < 20_000; round++) {
      let text = '';
      for (let left = Math.floor(random() * 12); left >= 0; left--)
        text += pieces[Math.floor(random() * pieces.length)];
      const whole = sanitize(text);
      const sanitizer = createSanitizer();
      let inPieces = '';
      for (let from = 0; from < text.length; ) {
        const to = from + 1 + Math.floor(random() * 4);
        inPieces += sanitizer.write(text.slice(from, to));
        from = to;
      }
      inPieces += sanitizer.end();
      expect(findForbidden(whole), JSON.stringify(text)).toBeNull();
      expect(inPieces, JSON.stringify(text)).toBe(whole);
    }
  });

  it('swallows a sequence that comes in two pieces', () => {
    const sanitizer = createSanitizer();
    expect(sanitizer.write(`a${E}]52;c;cm0g`) + sanitizer.write('LXJm\u0007b') + sanitizer.end()).toBe('ab');
  });

  it('can be used again after its end', () => {
    const sanitizer = createSanitizer();
    sanitizer.write(`${E}]0;abc`);
    sanitizer.end();
    expect(sanitizer.write('text')).toBe('text');
  });
});
