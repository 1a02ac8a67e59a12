import type { ConversationRow, MessageRow } from '../store/contract.js';
import type { RowOf } from './format.js';
import { invalid, type PlacedRow } from './read-export.js';

const deepest = 33; // a conversation and 32 forks

/** What the database holds of the ids and places of an import. */
export interface KnownRows {
  conversation(id: string): Promise<ConversationRow | null>;
  message(id: string): Promise<MessageRow | null>;
  messageAt(conversationId: string, seq: number): Promise<MessageRow | null>;
}

/** Rows of an import by kind, in an order in which they can be stored. */
export interface CheckedImport {
  readonly conversations: readonly RowOf<'conversation'>[];
  readonly messages: readonly RowOf<'message'>[];
  readonly summaries: readonly RowOf<'summary'>[];
  readonly links: readonly RowOf<'link'>[];
  readonly memories: readonly RowOf<'memory'>[];
}

interface Place {
  nextSeq: number;
  depth: number;
  readonly calls: Set<string>;
}

/** Checks what no single row tells: ids, order, forks, pairs of tools, and what is there already. Nothing is written. */
export async function checkImport(
  rows: AsyncIterable<PlacedRow>,
  known: KnownRows,
  { owner, messageCharacters }: { readonly owner: string; readonly messageCharacters: number },
): Promise<CheckedImport> {
  const checked = {
    conversations: [] as RowOf<'conversation'>[],
    messages: [] as RowOf<'message'>[],
    summaries: [] as RowOf<'summary'>[],
    links: [] as RowOf<'link'>[],
    memories: [] as RowOf<'memory'>[],
  };
  const ids = new Set<string>();
  const places = new Map<string, Place>();
  const placeOf = (id: string, path: string): Place => {
    const place = places.get(id);
    if (!place) throw invalid(path, `conversation ${id} is not in the import`);
    return place;
  };
  for await (const { path, row } of rows) {
    if (row.type !== 'link') {
      if (ids.has(row.id)) throw invalid(`${path}.id`, `${row.id} stands there twice`);
      ids.add(row.id);
    }
    if (row.type !== 'link' && row.type !== 'conversation' && row.text.length > messageCharacters) {
      throw invalid(`${path}.text`, `it has over ${messageCharacters} characters`, messageCharacters);
    }
    switch (row.type) {
      case 'conversation':
        places.set(row.id, await checkConversation(row, path, places, known, owner));
        checked.conversations.push(row);
        break;
      case 'message':
        await checkMessage(row, path, placeOf(row.conversationId, `${path}.conversationId`), known);
        checked.messages.push(row);
        break;
      case 'summary':
        placeOf(row.conversationId, `${path}.conversationId`);
        checked.summaries.push(row);
        break;
      case 'link':
        placeOf(row.conversationId, `${path}.conversationId`);
        checked.links.push(row);
        break;
      case 'memory':
        checked.memories.push(row);
        break;
    }
  }
  return checked;
}

async function checkConversation(
  row: RowOf<'conversation'>,
  path: string,
  places: ReadonlyMap<string, Place>,
  known: KnownRows,
  owner: string,
): Promise<Place> {
  const stored = await known.conversation(row.id);
  if (stored && (stored.owner !== owner || stored.closedAtMs !== null))
    throw invalid(`${path}.id`, `${row.id} is taken`);
  if (stored && (stored.parentId !== row.parentId || stored.forkSeq !== row.forkSeq)) {
    throw invalid(`${path}.parentId`, `${row.id} is stored as another fork`);
  }
  if (row.parentId === null) {
    if (row.forkSeq !== 0) throw invalid(`${path}.forkSeq`, 'it is no fork');
    return { nextSeq: 1, depth: 1, calls: new Set() };
  }
  const parent = places.get(row.parentId);
  if (!parent || row.forkSeq >= parent.nextSeq)
    throw invalid(`${path}.parentId`, 'what it shares does not stand before it');
  if (parent.depth >= deepest) throw invalid(`${path}.parentId`, 'it is too many forks deep', deepest);
  return { nextSeq: row.forkSeq + 1, depth: parent.depth + 1, calls: new Set(parent.calls) };
}

async function checkMessage(row: RowOf<'message'>, path: string, place: Place, known: KnownRows): Promise<void> {
  if (row.seq !== place.nextSeq) throw invalid(`${path}.seq`, `${place.nextSeq} is expected`);
  place.nextSeq += 1;
  for (const call of row.parts.toolCalls ?? []) place.calls.add(call.id);
  if (row.role === 'tool' && !place.calls.has(row.toolCallId ?? '')) {
    throw invalid(`${path}.toolCallId`, 'no call stands before this result');
  }
  const stored = await known.message(row.id);
  if (stored && (stored.conversationId !== row.conversationId || stored.seq !== row.seq)) {
    throw invalid(`${path}.id`, `${row.id} is a message of another place`);
  }
  const other = stored ? null : await known.messageAt(row.conversationId, row.seq);
  if (other) throw invalid(`${path}.seq`, 'another message stands there');
}
