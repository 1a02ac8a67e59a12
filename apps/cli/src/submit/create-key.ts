/**
 * A key that no other submission has: the time and 80 random bits, in the shape of a UUID of version 7. It is no secret, so that the
 * random numbers of the engine will do; a cryptographic library would cost start-up time.
 */
export function createKey(nowMs: number, random: () => number = Math.random): string {
  const digits = (count: number) =>
    Array.from({ length: count }, () => Math.floor(random() * 16).toString(16)).join('');
  const time = Math.floor(nowMs).toString(16).padStart(12, '0').slice(-12);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${digits(3)}-8${digits(3)}-${digits(12)}`;
}
