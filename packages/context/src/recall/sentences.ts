/** A sentence, or a line of code. */
export interface Sentence {
  readonly start: number;
  readonly end: number;
  /** Whether it stands inside a code fence. */
  readonly isCode: boolean;
}

const line = /[^\n]*\n+|[^\n]+$/g;
const fence = /^\s*(?:```|~~~)/;
const ending = /[.!?…]+["'”’)\]]*\s+|[。！？]+[」』”]*/gu;

/** Takes a text apart into sentences, which touch; inside code fences into lines. `isCode` says how the text begins. */
export function sentencesOf(text: string, isCode = false): Sentence[] {
  const found: Sentence[] = [];
  let inside = isCode;
  for (const { 0: whole, index } of text.matchAll(line)) {
    const end = index + whole.length;
    if (fence.test(whole)) {
      inside = !inside;
      found.push({ start: index, end, isCode: !inside });
    } else if (inside) found.push({ start: index, end, isCode: true });
    else {
      let start = index;
      for (const match of whole.matchAll(ending)) {
        const stop = index + match.index + match[0].length;
        found.push({ start, end: stop, isCode: false });
        start = stop;
      }
      if (start < end) found.push({ start, end, isCode: false });
    }
  }
  return found;
}

/** Whether a place of a text stands inside a code fence. */
export function isInsideFence(text: string, at: number): boolean {
  let inside = false;
  for (const match of text.slice(0, at).matchAll(/^[^\S\n]*(?:```|~~~).*\n/gm)) if (match[0]) inside = !inside;
  return inside;
}

/** The nearest place at or before `at` that splits no character as people see them. */
export function characterBorder(text: string, at: number): number {
  if (at <= 0 || at >= text.length) return Math.max(0, Math.min(at, text.length));
  const from = Math.max(0, at - 48);
  const segments = new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text.slice(from, at + 48));
  const segment = segments.containing(at - from);
  return segment === undefined ? at : from + segment.index;
}
