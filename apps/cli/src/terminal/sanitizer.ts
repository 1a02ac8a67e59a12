/** Takes everything out of a stream of text that a terminal would obey instead of show. */
export interface Sanitizer {
  /** What may be shown of `text`; what cannot be judged yet (half a sequence, half a character) is kept for the next call. */
  write(text: string): string;
  /** Ends the stream: what was kept is dropped, or shown as U+FFFD where it was half a character. */
  end(): string;
}

/** Longest control sequence that is taken for one; what is longer is shown as the text it is. */
const longestSequence = 4_096;
const plainText = /^[\n\t\x20-\x7e]*$/;
const joinable = /[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}]/u;

const escapeCode = 0x1b;
type State = 'text' | 'escape' | 'csi' | 'string' | 'string-escape';

/**
 * An allow-list: printable characters, line feed and tab pass. Sequences (ESC, CSI, OSC, DCS, SOS, PM, APC, in both their 7-bit and
 * C1 forms) go as a whole, also when they come in pieces; other C0 and C1 controls, bidirectional overrides, zero-width and tag
 * characters go alone. U+200C and U+200D stay between letters, marks and emoji, which need them. A string sequence that nobody ends
 * stops at the end of its line.
 */
export function createSanitizer(): Sanitizer {
  let state: State = 'text';
  let sequenceLength = 0;
  let highSurrogate = '';
  let joiner = '';
  let previousJoins = false;

  const enter = (next: State) => {
    state = next;
    sequenceLength = 0;
  };

  /** What `character` shows in state `text`. */
  const show = (character: string, point: number): string => {
    if (point === escapeCode) enter('escape');
    else if (point === 0x9b) enter('csi');
    else if (isStringStart(point)) enter('string');
    else if (point === 0x0a || point === 0x09 || (point >= 0x20 && point <= 0x7e)) {
      joiner = '';
      previousJoins = point > 0x40 && joinable.test(character);
      return character;
    } else if (point === 0x200c || point === 0x200d) {
      joiner = previousJoins ? character : '';
    } else if (point >= 0xa0 && !isInvisible(point)) {
      const joins = joinable.test(character);
      const shown = joins ? joiner + character : character;
      joiner = '';
      previousJoins = joins;
      return shown;
    }
    return '';
  };

  /** What `character` shows, whatever the state. */
  const step = (character: string, point: number): string => {
    sequenceLength += 1;
    switch (state) {
      case 'text':
        return show(character, point);
      case 'escape':
        if (point === 0x5b) enter('csi');
        else if (point === 0x5d || point === 0x50 || point === 0x58 || point === 0x5e || point === 0x5f)
          enter('string');
        else if (point >= 0x20 && point <= 0x2f && sequenceLength < longestSequence) return '';
        else if (point >= 0x30 && point <= 0x7e) enter('text');
        else {
          enter('text');
          return show(character, point);
        }
        return '';
      case 'csi':
        if (point >= 0x20 && point <= 0x3f && sequenceLength < longestSequence) return '';
        enter('text');
        return point >= 0x40 && point <= 0x7e ? '' : show(character, point);
      case 'string':
        if (point === escapeCode) enter('string-escape');
        else if (point === 0x07 || point === 0x9c || point === 0x18 || point === 0x1a) enter('text');
        else if (point === 0x0a || sequenceLength > longestSequence) {
          enter('text');
          return show(character, point);
        }
        return '';
      case 'string-escape':
        // ESC \ ends the string; any other ESC ends it as well and begins a sequence of its own.
        if (point === 0x5c) {
          enter('text');
          return '';
        }
        enter('escape');
        return step(character, point);
    }
  };

  return {
    write(text) {
      if (state === 'text' && joiner === '' && highSurrogate === '' && plainText.test(text)) {
        if (text !== '') previousJoins = joinable.test(text[text.length - 1]!);
        return text;
      }
      let shown = '';
      const whole = highSurrogate + text;
      highSurrogate = '';
      for (const character of whole) {
        if (highSurrogate !== '') shown += step('\uFFFD', 0xfffd);
        highSurrogate = '';
        const point = character.codePointAt(0)!;
        if (point >= 0xd800 && point <= 0xdbff) highSurrogate = character;
        else if (point >= 0xdc00 && point <= 0xdfff) shown += step('\uFFFD', 0xfffd);
        else shown += step(character, point);
      }
      return shown;
    },
    end() {
      const rest = highSurrogate === '' ? '' : step('\uFFFD', 0xfffd);
      highSurrogate = '';
      joiner = '';
      previousJoins = false;
      enter('text');
      return rest;
    },
  };
}

/** What may be shown of a whole text. */
export function sanitize(text: string): string {
  if (plainText.test(text)) return text;
  const sanitizer = createSanitizer();
  return sanitizer.write(text) + sanitizer.end();
}

/** The same on one line: white space of any kind becomes single spaces. */
export function sanitizeLine(text: string): string {
  return sanitize(text).replace(/\s+/g, ' ').trim();
}

/** C1 forms of DCS, SOS, OSC, PM and APC. */
function isStringStart(point: number): boolean {
  return point === 0x90 || point === 0x98 || point === 0x9d || point === 0x9e || point === 0x9f;
}

/** Characters without a shape of their own that can reorder, hide or carry text. */
function isInvisible(point: number): boolean {
  return (
    point === 0x061c ||
    (point >= 0x200b && point <= 0x200f) ||
    (point >= 0x202a && point <= 0x202e) ||
    (point >= 0x2060 && point <= 0x206f) ||
    point === 0xfeff ||
    (point >= 0xfff9 && point <= 0xfffb) ||
    (point >= 0xe0000 && point <= 0xe007f)
  );
}
