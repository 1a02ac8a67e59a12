/** Whether two stored hashes are the same; false for what is none, as a damaged database may give. */
export function isSameBytes(a: unknown, b: unknown): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
}
