import type { StoreQueries } from '../store/contract.js';
import { blockText, type CurrentBlock } from './layout.js';
import type { LoadedWindow } from './load-window.js';
import { oneLine } from './news.js';

/** A block as it may be stored. */
export interface StandingBlock {
  readonly text: string;
  /** Ids of the messages, memories and summaries that it quotes. */
  readonly sources: readonly string[];
  /** Whether lines were taken out. */
  readonly isShorter: boolean;
}

/** A block without lines whose source was deleted or redacted since they were found; asked in the transaction that stores it. */
export async function standingBlock(
  queries: StoreQueries,
  block: CurrentBlock,
  { pins, epochPins }: Pick<LoadedWindow, 'pins' | 'epochPins'>,
): Promise<StandingBlock> {
  if (block.kind !== 'new') return { text: blockText(block), sources: [], isShorter: false };
  const { recall, news } = block.parts;
  const standing = await standingSources(
    queries,
    recall.map(({ id }) => id),
  );
  const gone = news.length === 0 ? [] : await goneTexts(queries, [...pins, ...epochPins]);
  const parts = {
    ...block.parts,
    recall: recall.filter(({ id }) => standing.has(id)),
    news: news.filter((line) => !gone.some((text) => line.includes(text))),
  };
  return {
    text: blockText({ kind: 'new', parts }),
    sources: parts.recall.map(({ id }) => id),
    isShorter: parts.recall.length < recall.length || parts.news.length < news.length,
  };
}

async function standingSources(queries: StoreQueries, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const messages = await queries.messages.byId(ids);
  const standing = new Set(messages.filter(({ redactedAtMs }) => redactedAtMs === null).map(({ id }) => id));
  for (const id of ids) {
    if (standing.has(id)) continue;
    if ((await queries.memories.get(id)) ?? (await queries.summaries.get(id))) standing.add(id);
  }
  return standing;
}

async function goneTexts(
  queries: StoreQueries,
  memories: readonly { readonly num: number; readonly text: string }[],
): Promise<string[]> {
  const standing = new Set((await queries.memories.byNum(memories.map(({ num }) => num))).map(({ num }) => num));
  return memories.filter(({ num }) => !standing.has(num)).map(({ text }) => oneLine(text));
}
