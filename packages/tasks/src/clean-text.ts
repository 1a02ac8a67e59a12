/** Text as every database can hold it: lone surrogates and U+0000 become U+FFFD. */
export function cleanText(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8').replaceAll('\u0000', '\ufffd');
}
