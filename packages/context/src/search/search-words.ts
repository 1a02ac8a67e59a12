const mostWords = 32;
const part = /"([^"]+)"|(\S+)/gu;

/** Words that a person searches for; text in quotation marks stays together. */
export function searchWords(text: string): string[] {
  const found = Array.from(text.slice(0, 10_000).matchAll(part), ([, quoted, word]) => quoted ?? word ?? '');
  return [...new Set(found.filter((word) => /[\p{L}\p{N}]/u.test(word)))].slice(0, mostWords);
}
