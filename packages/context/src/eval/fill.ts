import type { Context } from '../context-types.js';
import { storedText } from './baseline.js';
import type { DataSet } from './read-data.js';
import type { Stopwatch } from './stopwatch.js';

/** Owner of everything that an evaluation stores. */
export const owner = 'evaluation';
const startMs = Date.UTC(2024, 0, 1);
const stepMs = 60_000;

/** What a filled database holds. */
export interface Filled {
  /** Stored id of a message of the data, by its conversation and id, and the way back. */
  readonly idOf: (conversation: string, message: string) => string;
  readonly messageOf: (id: string) => { readonly conversation: string; readonly message: string } | null;
}

/** Time that moves by a minute with each message, so that the same data gives the same dates. */
export function dataClock() {
  let atMs = startMs;
  return {
    now: () => atMs,
    after: () => () => {},
    step: () => {
      atMs += stepMs;
    },
  };
}

/** Ids that look like ULIDs and follow each other; ids of two prefixes never meet. */
export function sequentialIds(prefix: 'A' | 'B'): () => string {
  let count = 0;
  return () => `01EVA${prefix}${(++count).toString().padStart(20, '0')}`;
}

/** Ids of the messages of a set, the same in each database. */
export function messageIds({ conversations }: DataSet): Filled {
  const ids = new Map<string, string>();
  const back = new Map<string, { conversation: string; message: string }>();
  const nextId = sequentialIds('A');
  for (const { id: conversation, sessions } of conversations) {
    for (const { id: message } of sessions.flatMap(({ messages }) => messages)) {
      const id = nextId();
      ids.set(`${conversation}\0${message}`, id);
      back.set(id, { conversation, message });
    }
  }
  return {
    idOf: (conversation, message) => ids.get(`${conversation}\0${message}`) ?? '',
    messageOf: (id) => back.get(id) ?? null,
  };
}

/** Appends every message of a set. Each conversation is a project of its own, so that memories of one are not those of another. */
export async function fill(
  context: Context,
  set: DataSet,
  {
    filled,
    clock,
    stopwatch,
  }: { readonly filled: Filled; readonly clock: ReturnType<typeof dataClock>; readonly stopwatch: Stopwatch },
): Promise<{ readonly markedMessages: ReadonlyMap<string, boolean> }> {
  const markedMessages = new Map<string, boolean>();
  for (const conversation of set.conversations) {
    await context.conversations.create({ id: conversation.id, owner, project: conversation.id });
    for (const message of conversation.sessions.flatMap(({ messages }) => messages)) {
      clock.step();
      const id = filled.idOf(conversation.id, message.id);
      const { pinned } = await stopwatch.time('append', () =>
        context.messages(conversation.id).append({ id, role: message.role, text: storedText(message) }),
      );
      if (message.role === 'user') markedMessages.set(id, pinned.length > 0);
    }
  }
  return { markedMessages };
}
