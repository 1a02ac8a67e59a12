type Step<Event> = IteratorResult<Event, undefined>;

interface Reader<Event> {
  readonly resolve: (step: Step<Event>) => void;
  readonly reject: (error: unknown) => void;
}

/** Events between a call and its reader; `room` is how a slow reader slows the call down. */
export class EventChannel<Event> {
  #limit: number;
  readonly #events: Event[] = [];
  readonly #readers: Reader<Event>[] = [];
  #ended = false;
  #error: unknown = null;
  #writer: (() => void) | null = null;

  constructor(limit = 64) {
    this.#limit = limit;
  }

  /** Adds an event, or hands it to a reader that waits; never blocks. */
  push(event: Event): void {
    if (this.#ended) return;
    const reader = this.#readers.shift();
    if (reader === undefined) this.#events.push(event);
    else reader.resolve({ done: false, value: event });
  }

  /** Nothing while there is room, else a promise of room. */
  room(): Promise<void> | undefined {
    if (this.#events.length < this.#limit || this.#ended) return undefined;
    return new Promise((resolve) => {
      this.#writer = resolve;
    });
  }

  /** Ends the stream after what was pushed, with an error if one is given. */
  end(error: unknown = null): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const reader of this.#readers.splice(0)) this.#finish(reader);
    this.#wakeWriter();
  }

  /** Lets the writer go on however slow the reader is: for a call that ends. */
  release(): void {
    this.#limit = Number.POSITIVE_INFINITY;
    this.#wakeWriter();
  }

  /** The next event; throws the error of `end` once. */
  next(): Promise<Step<Event>> {
    if (this.#events.length > 0) {
      const value = this.#events.shift() as Event;
      // Not at the first free place: a writer that stops and goes for each event is slower than either.
      if (this.#events.length <= this.#limit / 2) this.#wakeWriter();
      return Promise.resolve({ done: false, value });
    }
    return new Promise((resolve, reject) => {
      if (this.#ended) this.#finish({ resolve, reject });
      else this.#readers.push({ resolve, reject });
    });
  }

  #finish({ resolve, reject }: Reader<Event>): void {
    const error = this.#error;
    this.#error = null;
    if (error === null) resolve({ done: true, value: undefined });
    else reject(error);
  }

  #wakeWriter(): void {
    this.#writer?.();
    this.#writer = null;
  }
}
