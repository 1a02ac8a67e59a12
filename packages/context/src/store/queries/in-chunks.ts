const most = 500; // of a list of parameters

/** Asks for many keys in statements of bounded length. */
export async function inChunks<Key, Row>(
  keys: readonly Key[],
  read: (some: readonly Key[]) => Promise<Row[]>,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (let start = 0; start < keys.length; start += most) rows.push(...(await read(keys.slice(start, start + most))));
  return rows;
}
