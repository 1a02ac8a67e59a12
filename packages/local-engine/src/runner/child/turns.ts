/** One call among those that compute at the same time. */
export interface Turn {
  /** Resolves when no more urgent call reads its prompt; at once where none does. Asked before each slice of a prompt. */
  mayRead(signal: AbortSignal): Promise<void>;
  /** Whether a more urgent call is writing its answer. */
  isBesideUrgent(): boolean;
  /** The prompt is read, the answer is being written. */
  beginWriting(): void;
  end(): void;
}

/** Who lets whom go first among the calls of a child. */
export interface Turns {
  /** @param priority 0 to 9, 9 is the most urgent */
  begin(priority: number): Turn;
}

interface Entry {
  readonly priority: number;
  isWriting: boolean;
}

/** See {@link Turns}. */
export function createTurns(): Turns {
  const entries = new Set<Entry>();
  const waiting = new Set<() => void>();
  const changed = () => {
    const woken = [...waiting];
    waiting.clear();
    for (const wake of woken) wake();
  };
  return {
    begin(priority) {
      const own: Entry = { priority, isWriting: false };
      entries.add(own);
      const isAny = (isWriting: boolean) =>
        [...entries].some((entry) => entry.priority > priority && entry.isWriting === isWriting);
      return {
        async mayRead(signal) {
          while (!signal.aborted && isAny(false)) {
            let wake = () => {};
            await new Promise<void>((resolve) => {
              wake = resolve;
              waiting.add(wake);
              signal.addEventListener('abort', wake, { once: true });
            });
            signal.removeEventListener('abort', wake);
            waiting.delete(wake);
          }
        },
        isBesideUrgent: () => isAny(true),
        beginWriting() {
          own.isWriting = true;
          changed();
        },
        end() {
          entries.delete(own);
          changed();
        },
      };
    },
  };
}
