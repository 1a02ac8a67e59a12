import { cleanText, withoutSecrets } from '../clean-text.js';
import { ContextError } from '../errors.js';
import { deleteMemories } from '../forget/delete-rows.js';
import { noRows } from '../forget/row-counts.js';
import { scrub } from '../forget/scrub.js';
import type { PinnedLine } from '../messages/types.js';
import type { AppendHook, Parts } from '../parts.js';
import type { MemoryChange, MemoryRow, StoreQueries } from '../store/contract.js';
import type { CallOptions, Generate } from '../types.js';
import { capturePins } from './capture.js';
import { findConflict } from './conflict.js';
import { explainMemory } from './explain.js';
import { memoryOf, requireMemory } from './memory-of.js';
import { replacesKey, suggestMemories } from './suggest.js';
import type { Memories, Memory, MemoryState, NewMemory } from './types.js';
import { activeOf, supersede, writeMemory } from './write-memory.js';

/** What memories are made of. */
export interface MemoriesParts extends Parts {
  readonly generate?: Generate | undefined;
  /**
   * Whether suggestions of the model are active without an answer.
   *
   * @defaultValue false
   */
  readonly isAutomatic?: boolean | undefined;
}

/** Memories, and the hook that catches pins where messages are appended. */
export interface OpenMemories extends Memories {
  readonly onAppend: AppendHook;
}

const defaultOwner = 'local';
const longestText = 2_000;
const defaultLimit = 1_000;
const shownStates: readonly MemoryState[] = ['active', 'suggested'];

/** Memories over a store. */
export function createMemories(parts: MemoriesParts): OpenMemories {
  const { store, clock, createId, secrets, emit } = parts;
  const now = () => Math.round(clock.now());

  const stored = (text: string): string => {
    const clean = withoutSecrets(cleanText(text), secrets).trim();
    if (clean.length <= longestText) return clean;
    throw new ContextError('message-too-large', `A memory holds at most ${longestText} characters.`, {
      limit: longestText,
    });
  };

  const change = (id: string, what: MemoryChange, { signal }: CallOptions): Promise<Memory> =>
    store.write(
      async (queries) => {
        const row = await requireMemory(queries, id);
        await queries.memories.update(row.num, what);
        return memoryOf({ ...row, ...what });
      },
      { signal },
    );

  const remove = async (
    id: string,
    before: (queries: StoreQueries, row: MemoryRow) => Promise<void>,
    signal: AbortSignal | undefined,
  ) => {
    await store.transact(async (trx) => {
      const deletion = { db: trx, queries: store.bind(trx), rows: noRows() };
      const row = await requireMemory(deletion.queries, id);
      await before(deletion.queries, row);
      await dropPointer(deletion.queries, row);
      await deleteMemories(deletion, [row]);
    }, signal);
    await scrub(store);
  };

  return {
    async onAppend(queries, message, conversation): Promise<PinnedLine[]> {
      if (message.role !== 'user' || message.origin !== 'user' || conversation.isPrivate) return [];
      const lines: PinnedLine[] = [];
      for (const { kind, text } of capturePins(message.text)) {
        const { owner, project } = conversation;
        const source = { sourceNum: message.num, sourceId: message.id, origin: 'rule' } as const;
        const memory = { id: createId(), owner, project, kind, text, quote: text, ...source, pinned: true };
        const { row, isDuplicate } = await writeMemory(queries, { memory, nowMs: message.createdAtMs, replaces: null });
        if (!isDuplicate) lines.push({ memoryId: row.id, text: row.text });
      }
      return lines;
    },
    async add(added: NewMemory, { signal } = {}) {
      const { kind = 'note', owner = defaultOwner, project = null, supersedes = null } = added;
      const pinned = added.pinned ?? (kind === 'instruction' || kind === 'preference');
      const source = { quote: null, sourceNum: null, sourceId: null, origin: 'user' } as const;
      const memory = { id: createId(), owner, project, kind, text: stored(added.text), ...source, pinned };
      const written = await store.write(
        async (queries) => {
          if (supersedes !== null) await requireMemory(queries, supersedes);
          return writeMemory(queries, { memory, nowMs: now(), replaces: supersedes });
        },
        { signal },
      );
      return { memory: memoryOf(written.row), isDuplicate: written.isDuplicate, superseded: written.superseded };
    },
    get: (id, { signal } = {}) => store.read(async (queries) => memoryOf(await requireMemory(queries, id)), { signal }),
    explain: (id, { signal } = {}) => store.read((queries) => explainMemory(queries, id), { signal }),
    async list({
      owner = defaultOwner,
      kind,
      project,
      text,
      state,
      includeSuperseded = false,
      pinned,
      limit,
      signal,
    } = {}) {
      const states = state ? [state] : includeSuperseded ? [...shownStates, 'superseded' as const] : shownStates;
      const kinds = kind ? { kinds: [kind] } : {};
      const filter = {
        owner,
        project,
        withGeneral: true,
        states,
        text,
        pinned,
        limit: limit ?? defaultLimit,
        ...kinds,
      };
      return (await store.read((queries) => queries.memories.list(filter), { signal })).map(memoryOf);
    },
    update: (id, { text, kind, project }, { signal } = {}) =>
      store.write(
        async (queries) => {
          const old = await requireMemory(queries, id);
          const nowMs = now();
          const { owner, quote, sourceNum, sourceId, pinned, uses } = old;
          const row = await queries.memories.insert({
            id: createId(),
            owner,
            project: project === undefined ? old.project : project,
            kind: kind ?? old.kind,
            text: text === undefined ? old.text : stored(text),
            quote,
            sourceNum,
            sourceId,
            origin: 'user',
            state: 'active',
            pinned,
            supersededBy: null,
            validFromMs: nowMs,
            validToMs: null,
            createdAtMs: nowMs,
            usedAtMs: null,
            uses,
          });
          await supersede(queries, [id], row.id, nowMs);
          return memoryOf(row);
        },
        { signal },
      ),
    pin: (id, options = {}) => change(id, { pinned: true }, options),
    unpin: (id, options = {}) => change(id, { pinned: false }, options),
    async suggest(conversationId, { signal = new AbortController().signal } = {}) {
      const { isAutomatic = false, generate } = parts;
      const found = await suggestMemories({ ...parts, generate, isAutomatic }, conversationId, signal);
      const memoryIds = found.map(({ id }) => id);
      if (memoryIds.length > 0) emit('memory-suggest', { conversationId, memoryIds, origin: 'model' });
      return found;
    },
    accept: (id, { signal } = {}) =>
      store.write(
        async (queries) => {
          const row = await requireMemory(queries, id);
          if (row.state !== 'suggested') return memoryOf(row);
          const nowMs = now();
          const pointed = await pointerOf(queries, row);
          const { supersedes } = findConflict(
            row,
            (await activeOf(queries, row)).filter((other) => other.id !== id),
          );
          await supersede(queries, [...new Set([...supersedes, ...pointed])], id, nowMs);
          await dropPointer(queries, row);
          const accepted = { state: 'active', usedAtMs: nowMs } as const;
          await queries.memories.update(row.num, accepted);
          return memoryOf({ ...row, ...accepted });
        },
        { signal },
      ),
    reject: (id, { signal } = {}) =>
      store.write(
        async (queries) => {
          const row = await requireMemory(queries, id);
          await dropPointer(queries, row);
          await queries.memories.update(row.num, { state: 'rejected', pinned: false, validToMs: now() });
          return memoryOf({ ...row, state: 'rejected', pinned: false });
        },
        { signal },
      ),
    undo: (id, { signal } = {}) =>
      remove(
        id,
        async (queries, row) => {
          const { owner } = row;
          const replaced = await queries.memories.list({ owner, states: ['superseded'] });
          for (const old of replaced.filter(({ supersededBy }) => supersededBy === id)) {
            await queries.memories.update(old.num, { state: 'active', supersededBy: null, validToMs: null });
          }
        },
        signal,
      ),
    delete: (id, { signal } = {}) => remove(id, async () => {}, signal),
  };
}

/** The memory that the model said a suggestion corrects. */
async function pointerOf(queries: StoreQueries, row: MemoryRow): Promise<string[]> {
  const key = await pointerKey(queries, row);
  const job = key === null ? null : await queries.jobs.get(key);
  const replaces = job?.payload['replaces'];
  return typeof replaces === 'string' ? [replaces] : [];
}

async function dropPointer(queries: StoreQueries, row: MemoryRow): Promise<void> {
  const key = await pointerKey(queries, row);
  if (key !== null) await queries.jobs.delete(key);
}

async function pointerKey(queries: StoreQueries, { id, sourceNum, origin }: MemoryRow): Promise<string | null> {
  if (origin !== 'model' || sourceNum === null) return null;
  const [source] = await queries.messages.byNum([sourceNum]);
  return source ? replacesKey(source.conversationId, id) : null;
}
