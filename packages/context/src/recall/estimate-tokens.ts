const parts = /[A-Za-z]+|\d|\s+|[^\sA-Za-z\d]+/g;
/** Letters of a word beyond the first eleven make another token each time. */
const lettersPerToken = 11;

/**
 * About how many tokens a text takes: a little more than o200k with single digits, without loading a tokenizer. For excerpts, whose budget
 * is a limit of size; the window counts what it sends.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  for (const [part] of text.matchAll(parts)) {
    const code = part.charCodeAt(0);
    if (/[A-Za-z]/.test(part[0]!)) tokens += Math.ceil(part.length / lettersPerToken);
    else if (code > 127) tokens += Math.ceil(Buffer.byteLength(part) / 4);
    else if (/\s/.test(part[0]!)) tokens += part.includes('\n') || part.length > 1 ? 1 : 0;
    else tokens += Math.ceil(part.length / 2);
  }
  return tokens;
}
