/** Events between a call and its reader; `room` is how a slow reader slows the call down. */
export class EventChannel<Event> {
  #limit: number;
  #events: Event[] = [];
  #ended = false;
  #error: unknown = null;
  #readers: (() => void)[] = [];
  #writer: (() => void) | null = null;

  constructor(limit = 64) {
    this.#limit = limit;
  }

  /** Adds an event; never blocks. */
  push(event: Event): void {
    if (this.#ended) return;
    this.#events.push(event);
    this.#wakeReader();
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
    this.#wakeReader();
    this.#wakeWriter();
  }

  /** Lets the writer go on however slow the reader is: for a call that ends. */
  release(): void {
    this.#limit = Number.POSITIVE_INFINITY;
    this.#wakeWriter();
  }

  /** The next event; throws the error of `end` once. */
  next(): Promise<IteratorResult<Event, undefined>> {
    if (this.#events.length > 0) return Promise.resolve(this.#shift());
    return this.#wait();
  }

  async #wait(): Promise<IteratorResult<Event, undefined>> {
    while (this.#events.length === 0) {
      if (this.#ended) {
        const error = this.#error;
        this.#error = null;
        if (error !== null) throw error;
        return { done: true, value: undefined };
      }
      await new Promise<void>((resolve) => this.#readers.push(resolve));
    }
    return this.#shift();
  }

  #shift(): IteratorResult<Event, undefined> {
    const value = this.#events.shift() as Event;
    if (this.#events.length < this.#limit) this.#wakeWriter();
    return { done: false, value };
  }

  #wakeReader(): void {
    const readers = this.#readers;
    if (readers.length === 0) return;
    this.#readers = [];
    for (const resolve of readers) resolve();
  }

  #wakeWriter(): void {
    this.#writer?.();
    this.#writer = null;
  }
}
