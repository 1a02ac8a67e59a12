/** The longest common beginning, characters. */
function sharedLength(left: string, right: string): number {
  let length = 0;
  while (length < left.length && left[length] === right[length]) length += 1;
  return length;
}

const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Known names that somebody may have meant: those that contain what was given, else those that begin most alike, from 3 characters on. */
export function nearNames(name: string, known: readonly string[]): string[] {
  const wanted = plain(name);
  const containing = known.filter((each) => wanted.length >= 3 && plain(each).includes(wanted));
  if (containing.length > 0) return containing.slice(0, 3);
  const shared = known.map((each) => ({ each, length: sharedLength(wanted, plain(each)) }));
  const most = Math.max(3, ...shared.map(({ length }) => length));
  return shared.flatMap(({ each, length }) => (length === most ? [each] : [])).slice(0, 3);
}
