import type { Decision, DecisionEvent, DecisionOf } from '../events.js';
import type { CallEnd, Clock, Id } from '../types.js';
import type { DecisionKind } from './decision-inputs.js';
import { recordedEnd } from './recorded-end.js';
import { type Story, type StoryEntry, tellStories } from './story.js';

/** A decision before it is numbered. */
export type NewDecision = {
  [Kind in DecisionKind]: Omit<DecisionOf<Kind>, 'id' | 'atMs' | 'taskId'> & {
    /** The task; `null` where it is left out. */
    readonly taskId?: Id | null;
  };
}[DecisionKind];

/** The newest entries, in a ring. */
class Ring<Entry> {
  readonly #limit: number;
  readonly #entries: Entry[] = [];
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(entry: Entry): void {
    this.#entries[this.#count % this.#limit] = entry;
    this.#count += 1;
  }

  /** Oldest first. */
  list(): Entry[] {
    const start = this.#count > this.#limit ? this.#count % this.#limit : 0;
    return [...this.#entries.slice(start), ...this.#entries.slice(0, start)];
  }
}

/** An end with the number of the newest decision before it. */
interface RecordedEnd {
  readonly end: CallEnd;
  readonly after: number;
}

/** The newest decisions, and the newest ends of attempts beside them: decisions as they are, ends without text of prompts and answers. */
export class DecisionLog {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #onDecision: (decision: DecisionEvent) => void;
  readonly #onEnd: (end: CallEnd) => void;
  readonly #decisions: Ring<DecisionEvent>;
  readonly #ends: Ring<RecordedEnd>;
  readonly #unrecorded = new Set<Id>();
  #count = 0;

  constructor(
    clock: Pick<Clock, 'now'>,
    onDecision: (decision: DecisionEvent) => void,
    onEnd: (end: CallEnd) => void = () => {},
    limit = 1_000,
  ) {
    this.#clock = clock;
    this.#onDecision = onDecision;
    this.#onEnd = onEnd;
    this.#decisions = new Ring(limit);
    this.#ends = new Ring(limit);
  }

  /** Adds a decision. */
  add({ kind, requestId, callId, taskId = null, inputs, chosen, rejected }: NewDecision): void {
    this.#count += 1;
    const [id, atMs] = [this.#count, Math.round(this.#clock.now())];
    // Kind and inputs were one pair when they came in.
    const entry = {
      type: 'decision',
      id,
      atMs,
      kind,
      requestId,
      callId,
      taskId,
      inputs,
      chosen,
      rejected,
    } as DecisionEvent;
    this.#decisions.add(entry);
    this.#onDecision(entry);
  }

  /** Adds the end of an attempt. */
  ended(end: CallEnd): void {
    const kept = recordedEnd(end);
    this.#ends.add({ end: kept, after: this.#count });
    this.#onEnd(kept);
  }

  /** A request that no record is given, such as the pool's own question. The returned function ends that. */
  leaveOut(requestId: Id): () => void {
    this.#unrecorded.add(requestId);
    return () => this.#unrecorded.delete(requestId);
  }

  /** Whether a record is given it. */
  isRecorded({ requestId }: Pick<StoryEntry, 'requestId'>): boolean {
    return requestId === null || !this.#unrecorded.has(requestId);
  }

  /** All decisions that are kept, oldest first. */
  list(): Decision[] {
    return this.#decisions.list();
  }

  /** The stories of one request, given its id or that of one of its attempts, or of all requests of a task; oldest first. */
  find(id: Id): Story[] {
    const entries: { readonly entry: StoryEntry; readonly order: number }[] = [
      ...this.#decisions.list().map((entry) => ({ entry, order: entry.id })),
      ...this.#ends.list().map(({ end, after }) => ({ entry: end, order: after + 0.5 })),
    ];
    entries.sort((a, b) => a.order - b.order);
    return tellStories(
      entries.map(({ entry }) => entry),
      id,
    );
  }
}
