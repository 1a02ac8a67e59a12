/** What a text states that can be looked up in its source. */
export interface Claims {
  /** Numbers without separators of thousands. */
  readonly numbers: readonly string[];
  /** Paths, addresses and ids. */
  readonly references: readonly string[];
  /** What stands in quotation marks or backticks. */
  readonly quotes: readonly string[];
  /** Words with a capital letter that do not begin a sentence, and words of mixed case. */
  readonly names: readonly string[];
  /** The word with a capital letter that begins the sentence: a name, or any other word. `null` where it is one of `names`. */
  readonly start: string | null;
}

const url = /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{0,20}:\/\/[^\s<>"'`)\]}]+/gi;
const path = /(?<![\w@.-])(?:[A-Za-z]:\\|~?\.{0,2}\/)?[\w@.-]+(?:[/\\][\w@.-]+)+/g;
const file =
  /(?<![\w-])[\w-]{1,100}\.(?:[cm]?[jt]sx?|json|md|ya?ml|toml|py|go|rs|java|c|h|cpp|cs|rb|php|sh|sql|html|css|txt|csv|log|pdf|png|jpe?g|lock|env)\b/gi;
const id = /\b(?:[0-9A-HJKMNP-TV-Z]{26}|(?=[0-9a-f]*\d)[0-9a-f]{6,64}|(?<![A-Za-z-])[A-Za-z]{2,20}-\d+|#\d+)\b/g;
/** Ids whose digits are no numbers. */
const opaque = /\b(?:[0-9A-HJKMNP-TV-Z]{26}|(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,64})\b/g;
const number = /\d+(?:[.,:/]\d+)*/g;
const quote = /"([^"\n]{2,120})"|“([^”\n]{2,120})”|`([^`\n]{2,120})`|«([^»\n]{2,120})»|„([^“”\n]{2,120})[“”]/g;
const word = /[\p{L}][\p{L}\p{M}\p{N}_'’-]*/gu;
const numberWords =
  'two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty'.split(
    ' ',
  );
const numberWord = new RegExp(`\\b(?:${numberWords.join('|')})\\b`, 'gi');

/** Finds what a sentence states. */
export function findClaims(sentence: string): Claims {
  return {
    numbers: [...digitNumbers(sentence).map(plainNumber), ...(sentence.match(numberWord) ?? []).map(wordNumber)],
    references: findReferences(sentence),
    quotes: [...sentence.matchAll(quote)].map((match) =>
      match
        .slice(1)
        .find((text) => text !== undefined)!
        .trim(),
    ),
    ...findNames(sentence),
  };
}

/** Paths, addresses and ids in a text, each once, in order. */
export function findReferences(text: string): string[] {
  const found = new Map<string, number>();
  for (const pattern of [url, path, file, id]) {
    for (const match of text.matchAll(pattern)) {
      const reference = match[0].replace(/[.,;:!?]+$/, '');
      if (![...found.keys()].some((other) => other.includes(reference))) found.set(reference, match.index);
    }
  }
  return [...found].sort((a, b) => a[1] - b[1]).map(([reference]) => reference);
}

/** Numbers of a text as {@link findClaims} writes them. */
export function numbersOf(text: string): Set<string> {
  return new Set([
    ...digitNumbers(text).flatMap((found) => [plainNumber(found), ...found.split(/[.,:/]/)]),
    ...(text.match(numberWord) ?? []).map(wordNumber),
  ]);
}

function digitNumbers(text: string): readonly string[] {
  return text.replace(opaque, ' ').match(number) ?? [];
}

/** `1,234.50` and `1234.5` are one number. */
function plainNumber(found: string): string {
  const joined = /^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(found) ? found.replaceAll(',', '') : found;
  return /^\d+\.\d+$/.test(joined) ? joined.replace(/\.?0+$/, '') : joined;
}

function wordNumber(found: string): string {
  return String(numberWords.indexOf(found.toLowerCase()) + 2);
}

function findNames(sentence: string): Pick<Claims, 'names' | 'start'> {
  const names: string[] = [];
  let start: string | null = null;
  for (const match of sentence.matchAll(word)) {
    const [name] = match;
    const isFirst = !/[\p{L}\p{N}]/u.test(sentence.slice(0, match.index));
    const isMixed = /\p{Ll}\p{Lu}|_|\p{L}\p{N}/u.test(name);
    const isCapital = /^\p{Lu}\p{Ll}/u.test(name) || /^\p{Lu}{2,}/u.test(name);
    if (isMixed || (isCapital && !isFirst)) names.push(name);
    else if (isCapital) start = name;
  }
  return { names, start };
}
