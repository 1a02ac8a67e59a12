import { ulid } from 'ulid';

const poolBytes = 1_024;

/** Makes ids that sort by their time. Random bytes come from the system many at a time: asking for each alone costs more than an id. */
export function createUlids(): () => string {
  const pool = new Uint8Array(poolBytes);
  let next = poolBytes;
  const random = () => {
    if (next === poolBytes) {
      crypto.getRandomValues(pool);
      next = 0;
    }
    return pool[next++]! / 256;
  };
  return () => ulid(undefined, random);
}
