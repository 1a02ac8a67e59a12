/** Measures how far the memory of this process grows; `stop` gives the most it grew by, bytes. */
export function watchMemory(everyMs = 10): { stop(): number } {
  const fromBytes = process.memoryUsage.rss();
  let mostBytes = fromBytes;
  const look = () => {
    mostBytes = Math.max(mostBytes, process.memoryUsage.rss());
  };
  const timer = setInterval(look, everyMs);
  return {
    stop() {
      clearInterval(timer);
      look();
      return mostBytes - fromBytes;
    },
  };
}
