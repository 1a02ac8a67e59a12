// A string (also one that never ends on its line), a comment, or a bracket.
const token = /"(?:[^"\\\r\n]|\\.)*"?|\/\/[^\r\n]*|\/\*[\s\S]*?(?:\*\/|$)|[[\]{}]/g;

/**
 * Offset of the first bracket that nests deeper than `limit`, `null` if none does. Runs before parsing, because the parser
 * recurses and a file of brackets alone would exhaust its stack.
 */
export function findTooDeep(text: string, limit: number): number | null {
  let depth = 0;
  for (const match of text.matchAll(token)) {
    if (match[0] === '{' || match[0] === '[') {
      depth++;
      if (depth > limit) return match.index;
    } else if (match[0] === '}' || match[0] === ']') depth--;
  }
  return null;
}
