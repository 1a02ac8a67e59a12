/** Ms since this process began, on a clock that nobody sets. `performance.now` would load a module of its own first. */
export function monotonicMs(): number {
  return process.uptime() * 1_000;
}
