import type { CallQueued, ModelLoad } from '../../../events.js';
import type { Clock } from '../../../types.js';
import type { SseWriter } from '../../http/sse-writer.js';

/** How long a wait is kept to itself, ms: what fails meanwhile has a status of its own. */
const patienceMs = 1_000;

/** Tells in comments of a stream what it waits for; programs skip them, people see them. */
export class WaitingNotes {
  readonly #writer: SseWriter;
  readonly #clock: Clock;
  #held: string[] = [];
  #cancel: (() => void) | null = null;

  constructor(writer: SseWriter, clock: Clock) {
    this.#writer = writer;
    this.#clock = clock;
  }

  /** Notes an event. */
  add(event: CallQueued | ModelLoad): void {
    const { requestId: _, labels: __, type, ...facts } = event;
    this.#held.push(`${type} ${JSON.stringify(facts)}`);
    if (this.#writer.isOpen) this.#tell();
    else this.#cancel ??= this.#clock.after(patienceMs, () => this.#tell());
  }

  /** Nothing is told any more. */
  stop(): void {
    this.#cancel?.();
    this.#held = [];
  }

  #tell(): void {
    for (const note of this.#held) this.#writer.comment(note);
    this.#held = [];
  }
}
