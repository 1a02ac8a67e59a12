/** Breaks of a line, whatever a model takes for one. */
const breaks = /\s*[\n\r\v\f\u0085\u2028\u2029]\s*/g;
/** What nobody sees and a model reads: controls, direction marks, tag characters. */
const unseen = /[\p{Cc}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;
/** Begins a tag, or a token with which templates of models mark roles, turns and calls: `</x`, `<|im_start|>`, `<s>`, `<<SYS>>`. */
const tag = /[<\uff1c\ufe64](?=[\p{L}|\uff5c!?<\uff1c\ufe64_]|\s*\/|\s*history-data)/giu;
/** Begins such a token in brackets, as `[INST]`, or looks like one of our labels. */
const bracket =
  /\[(?=\s*(?:\/?[A-Z][A-Z_]{2,}\]|(?:instruction|preference|fact|decision|note|task|message|summary)\s))/gu;

/**
 * Text of others as one line of data: it cannot end its line or the block around it, begin a label, or hold a token that a template of a
 * model gives a meaning. What it says stays readable.
 */
export function asDataLine(text: string): string {
  return text.replace(breaks, ' ⏎ ').replace(unseen, '').replace(tag, '‹').replace(bracket, '⟦').trim();
}
