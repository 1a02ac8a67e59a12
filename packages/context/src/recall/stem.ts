const vowel = /[aeiouy]/;
const doubled = /([^aeioulsz])\1$/;

const step2: readonly (readonly [string, string])[] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['izer', 'ize'],
  ['alli', 'al'],
  ['entli', 'ent'],
  ['eli', 'e'],
  ['ousli', 'ous'],
  ['ization', 'ize'],
  ['ation', 'ate'],
  ['ator', 'ate'],
  ['alism', 'al'],
  ['iveness', 'ive'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['aliti', 'al'],
  ['iviti', 'ive'],
  ['biliti', 'ble'],
  ['bli', 'ble'],
  ['logi', 'log'],
];
const step3: readonly (readonly [string, string])[] = [
  ['icate', 'ic'],
  ['ative', ''],
  ['alize', 'al'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ful', ''],
  ['ness', ''],
];
const step4 = /(ement|ance|ence|able|ible|ment|ant|ent|ism|ate|iti|ous|ive|ize|al|er|ic|ou|(?<=[st])ion)$/;
const latin = /^[a-z0-9]{3,40}$/;

/**
 * The stem of an English word in lower case by Porter's algorithm, as SQLite's `porter` tokenizer makes it. Words with anything but
 * the letters a to z and digits come back as they are.
 *
 * @see https://tartarus.org/martin/PorterStemmer/def.txt
 */
export function stem(word: string): string {
  if (!latin.test(word)) return word;
  let rest = withoutPlural(word);
  rest = withoutPast(rest);
  if (rest.endsWith('y') && hasVowel(rest.slice(0, -1))) rest = `${rest.slice(0, -1)}i`;
  rest = replaceEnding(replaceEnding(rest, step2), step3);
  const ending = step4.exec(rest)?.[1];
  if (ending !== undefined && measure(rest.slice(0, -ending.length)) > 1) rest = rest.slice(0, -ending.length);
  if (rest.endsWith('e')) {
    const head = rest.slice(0, -1);
    const size = measure(head);
    if (size > 1 || (size === 1 && !endsShort(head))) rest = head;
  }
  return rest.endsWith('ll') && measure(rest) > 1 ? rest.slice(0, -1) : rest;
}

function withoutPlural(word: string): string {
  if (/(?:.sses|.ies)$/.test(word)) return word.slice(0, -2);
  return word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word;
}

function withoutPast(word: string): string {
  if (/.eed$/.test(word)) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word;
  const head = word.endsWith('ed') ? word.slice(0, -2) : word.endsWith('ing') ? word.slice(0, -3) : null;
  if (head === null || !hasVowel(head)) return word;
  if (/(?:at|bl|iz)$/.test(head)) return `${head}e`;
  if (doubled.test(head)) return head.slice(0, -1);
  return measure(head) === 1 && endsShort(head) ? `${head}e` : head;
}

function replaceEnding(word: string, rules: readonly (readonly [string, string])[]): string {
  for (const [ending, other] of rules) {
    if (!word.endsWith(ending)) continue;
    const head = word.slice(0, -ending.length);
    return measure(head) > 0 ? head + other : word;
  }
  return word;
}

/** Each letter as c or v; y is a vowel behind a consonant. */
function shapeOf(word: string): string {
  let shape = '';
  for (let index = 0; index < word.length; index++) {
    const letter = word[index]!;
    const isVowel = letter === 'y' ? index > 0 && shape[index - 1] === 'c' : 'aeiou'.includes(letter);
    shape += isVowel ? 'v' : 'c';
  }
  return shape;
}

/** How often a vowel is followed by a consonant. */
function measure(word: string): number {
  return (vowel.test(word) ? shapeOf(word).match(/v+c+/g) : null)?.length ?? 0;
}

function hasVowel(word: string): boolean {
  return shapeOf(word).includes('v');
}

function endsShort(word: string): boolean {
  return shapeOf(word).endsWith('cvc') && !/[wxy]$/.test(word);
}
