const most = 60;

/** A title from the first thing a user says: its first sentence on one line, at most 60 characters; `null` if there is none. */
export function titleOf(text: string): string | null {
  const line = text
    .slice(0, 1_000)
    .split('\n')
    .map((part) =>
      part
        .replace(/^[\s#>*`-]+/, '')
        .replaceAll(/\s+/g, ' ')
        .trim(),
    )
    .find((part) => part !== '');
  if (line === undefined) return null;
  const sentence = /^.+?[.!?。！？](?=\s|$)/u.exec(line)?.[0] ?? line;
  const characters = Array.from(new Intl.Segmenter().segment(sentence), ({ segment }) => segment);
  if (characters.length <= most) return sentence;
  const cut = characters.slice(0, most - 1).join('');
  const space = cut.lastIndexOf(' ');
  return `${space > most / 2 ? cut.slice(0, space) : cut}…`;
}
