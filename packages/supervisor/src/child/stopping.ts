/** A stop as the server sees it. */
export interface StopRequest {
  /** How long running work may still take, ms; 0 = at once. */
  readonly drainMs: number;
  /** Aborts when the drain is cut short. */
  readonly signal: AbortSignal;
}

/** Ends a part of the server: refuse new work, let running work end or cut it, close what is open. */
export type StopHandler = (request: StopRequest) => void | Promise<void>;

export interface Stopping {
  add(handler: StopHandler): void;
  /** The first call runs the handlers and then exits; each later one cuts the drain. */
  stop(drainMs: number): void;
}

export function createStopping(exit: (code: number) => void): Stopping {
  const handlers: StopHandler[] = [];
  const cut = new AbortController();
  let isStopping = false;

  const run = async (drainMs: number) => {
    let code = 0;
    for (const handler of handlers) {
      try {
        await handler({ drainMs, signal: cut.signal });
      } catch (error) {
        // The others must still close what is theirs.
        code = 1;
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      }
    }
    exit(code);
  };
  return {
    add: (handler) => void handlers.push(handler),
    stop(drainMs) {
      if (isStopping || drainMs === 0) cut.abort();
      if (isStopping) return;
      isStopping = true;
      void run(drainMs);
    },
  };
}
