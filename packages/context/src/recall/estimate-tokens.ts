/** Letters of a word beyond the first eleven make another token each time. */
const lettersPerToken = 11;

/**
 * About how many tokens a text takes: a little more than o200k with single digits, without loading a tokenizer. For excerpts, whose budget
 * is a limit of size; the window counts what it sends. Recall counts every sentence that it reads, so it goes by codes of characters.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  for (let from = 0; from < text.length; ) {
    const first = text.charCodeAt(from);
    const kind = kindOf(first);
    let to = from + 1;
    if (kind !== 'digit') while (to < text.length && kindOf(text.charCodeAt(to)) === kind) to++;
    const length = to - from;
    if (kind === 'letter') tokens += Math.ceil(length / lettersPerToken);
    else if (kind === 'digit') tokens += 1;
    else if (first > 127) tokens += Math.ceil(Buffer.byteLength(text.slice(from, to)) / 4);
    else if (kind === 'space') tokens += length > 1 || first === 10 ? 1 : 0;
    else tokens += Math.ceil(length / 2);
    from = to;
  }
  return tokens;
}

/** ASCII letters, each ASCII digit alone, what `\s` matches, and all the rest. */
function kindOf(code: number): 'letter' | 'digit' | 'space' | 'sign' {
  if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90)) return 'letter';
  if (code === 32 || (code >= 9 && code <= 13)) return 'space';
  if (code >= 48 && code <= 57) return 'digit';
  return code > 127 && isWideSpace(code) ? 'space' : 'sign';
}

function isWideSpace(code: number): boolean {
  return code === 0xa0 || code === 0xfeff || (code >= 0x1680 && /\s/.test(String.fromCharCode(code)));
}
