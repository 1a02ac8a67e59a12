/**
 * Place in the queue, smaller first. One level of priority is worth `agingMs` of waiting, so that the order needs no
 * rewriting while tasks age, and none starves.
 */
export function rankOf(readyAtMs: number, priority: number, agingMs: number): number {
  return Math.round(readyAtMs - priority * agingMs);
}
