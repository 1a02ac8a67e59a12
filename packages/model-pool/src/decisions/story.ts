import type { Decision } from '../events.js';
import type { CallEnd, Id } from '../types.js';

/** Something of a request's story: a decision, or the end of an attempt. */
export type StoryEntry = Decision | CallEnd;

/** Keeps what the pool did longer than the pool lives, as in a file of JSON lines. `explainEntries` tells the stories of it. */
export interface DecisionRecord {
  /**
   * Takes the next decision, or the end of an attempt without text of its prompt and its answer: of an error the code, the
   * numbers and words of this package; no prompt is sent with a load, which tells its failure in full. The pool's own questions (`canary`) are left out. It is called while a call runs:
   * it returns at once and writes later. What it throws is logged.
   */
  add(entry: StoryEntry): void;
}

/** The story of one request, oldest entry first. */
export interface Story {
  /** The request. */
  readonly requestId: Id;
  /** What happened, with what the pool decided meanwhile about its models. */
  readonly entries: readonly StoryEntry[];
}

/** Whether it is the end of an attempt. */
export const isEnd = (entry: StoryEntry): entry is CallEnd => 'type' in entry && entry.type === 'call-end';

/** Whether it can be told: a file of another version may have entries of another shape. */
export function isEntry(value: unknown): value is StoryEntry {
  if (value === null || typeof value !== 'object') return false;
  const { requestId, type, labels, inputs } = value as { readonly [Key in string]?: unknown };
  if (requestId !== null && typeof requestId !== 'string') return false;
  const facts = type === 'call-end' ? labels : inputs;
  return facts !== null && typeof facts === 'object';
}

const taskOf = (entry: StoryEntry): Id | null => (isEnd(entry) ? (entry.labels.taskId ?? null) : entry.taskId);

/**
 * The stories of one request, given its id or that of one of its attempts, or of all requests of a task, oldest first. The
 * entries are in the order in which they happened; those of one pool may follow those of another.
 */
export function tellStories(entries: readonly StoryEntry[], id: Id): Story[] {
  const requestIds = new Set<Id>();
  for (const entry of entries) {
    const { requestId, callId } = entry;
    if (requestId !== null && (requestId === id || callId === id || taskOf(entry) === id)) requestIds.add(requestId);
  }
  return [...requestIds].map((requestId) => tellStory(requestId, entries));
}

function tellStory(requestId: Id, all: readonly StoryEntry[]): Story {
  const isOwn = (entry: StoryEntry) => entry.requestId === requestId;
  const own = all.filter(isOwn);
  const models = new Set(own.flatMap((entry) => (isEnd(entry) ? [] : (entry.chosen ?? []))));
  const first = all.findIndex((entry) => isOwn(entry) && !isEnd(entry));
  const last = all.findLastIndex(isOwn);
  const isMeanwhile = (entry: StoryEntry, index: number) =>
    index > first && index < last && !isEnd(entry) && entry.requestId === null && concerns(entry, models);
  return { requestId, entries: all.filter((entry, index) => isOwn(entry) || isMeanwhile(entry, index)) };
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
