/** How long a model waits before its child is started again: 0 after the first crash, then 1 s, 2 s, 4 s … 60 s. */
export function backOffMs(crashes: number): number {
  return crashes <= 1 ? 0 : Math.min(60_000, 1_000 * 2 ** (crashes - 2));
}
