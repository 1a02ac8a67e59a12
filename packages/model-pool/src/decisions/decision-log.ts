import type { Decision, DecisionEvent, DecisionOf } from '../events.js';
import type { CallEnd, Clock, Id } from '../types.js';
import type { DecisionKind } from './decision-inputs.js';

/** A decision before it is numbered. */
export type NewDecision = {
  [Kind in DecisionKind]: Omit<DecisionOf<Kind>, 'id' | 'atMs' | 'taskId'> & {
    /** The task; `null` where it is left out. */
    readonly taskId?: Id | null;
  };
}[DecisionKind];

/** Something of a request's story: a decision, or the end of an attempt. */
export type StoryEntry = Decision | CallEnd;

/** The story of one request, oldest entry first. */
export interface Story {
  /** The request. */
  readonly requestId: Id;
  /** What happened, with what the pool decided meanwhile about its models. */
  readonly entries: readonly StoryEntry[];
}

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

/** The newest decisions, and the newest ends of attempts beside them: decisions as they are, ends without the text that had come. */
export class DecisionLog {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #onDecision: (decision: DecisionEvent) => void;
  readonly #decisions: Ring<DecisionEvent>;
  readonly #ends: Ring<RecordedEnd>;
  #count = 0;

  constructor(clock: Pick<Clock, 'now'>, onDecision: (decision: DecisionEvent) => void, limit = 1_000) {
    this.#clock = clock;
    this.#onDecision = onDecision;
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
    this.#ends.add({ end: withoutText(end), after: this.#count });
  }

  /** All decisions that are kept, oldest first. */
  list(): Decision[] {
    return this.#decisions.list();
  }

  /** The stories of one request, given its id or that of one of its attempts, or of all requests of a task; oldest first. */
  find(id: Id): Story[] {
    const decisions = this.#decisions.list();
    const ends = this.#ends.list();
    const requestIds = new Set<Id>();
    for (const { requestId, callId, taskId } of decisions)
      if (requestId !== null && (requestId === id || callId === id || taskId === id)) requestIds.add(requestId);
    for (const { end } of ends)
      if (end.requestId === id || end.callId === id || end.labels.taskId === id) requestIds.add(end.requestId);
    return [...requestIds].map((requestId) => tellStory(requestId, decisions, ends));
  }
}

/** A thousand answers that broke off would be kept for nobody. */
function withoutText(end: CallEnd): CallEnd {
  const { error } = end;
  return error?.partialText ? { ...end, error: { ...error, partialText: null } } : end;
}

/** What the pool decides for itself and tells of a request whose model it is about; how a load ended is told by the call. */
function concerns(decision: Decision, models: ReadonlySet<string>): boolean {
  switch (decision.kind) {
    case 'memory':
    case 'swap':
      return models.has(decision.inputs.name);
    default:
      return false;
  }
}

function tellStory(requestId: Id, decisions: readonly Decision[], ends: readonly RecordedEnd[]): Story {
  const own = decisions.filter((decision) => decision.requestId === requestId);
  const ownEnds = ends.filter(({ end }) => end.requestId === requestId);
  const models = new Set(own.flatMap(({ chosen }) => chosen ?? []));
  const fromId = own[0]?.id ?? 0;
  const toId = Math.max(own.at(-1)?.id ?? 0, ownEnds.at(-1)?.after ?? 0);
  const others = decisions.filter(
    (decision) =>
      decision.requestId === null && decision.id > fromId && decision.id < toId + 1 && concerns(decision, models),
  );
  const entries = [
    ...[...own, ...others].map((entry) => ({ entry, order: entry.id })),
    ...ownEnds.map(({ end, after }) => ({ entry: end, order: after + 0.5 })),
  ];
  return { requestId, entries: entries.sort((a, b) => a.order - b.order).map(({ entry }) => entry) };
}
