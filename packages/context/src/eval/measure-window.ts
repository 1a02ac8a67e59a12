import type { Context } from '../context-types.js';
import type { ModelMessage } from '../types.js';
import type { FittedWindow } from '../window/types.js';
import { storedText } from './baseline.js';
import type { Figures, Sample } from './bootstrap.js';
import type { PromptCounter } from './common-prefix.js';
import type { ConversationData, QueryData } from './data-schemas.js';
import { type dataClock, type Filled, owner } from './fill.js';
import { quantile } from './measures.js';
import type { DataSet } from './read-data.js';
import type { WindowReport } from './report-schema.js';
import type { Stopwatch } from './stopwatch.js';

/** Tokens kept for the answer in a replay. */
export const answerTokens = 1_024;
const recallTokens = 1_200;
/** About 600 tokens. */
const systemText = 'You help with whatever the user asks for and say so when you do not know. '.repeat(35).trim();

/** What a replay needs beside its database. */
export interface ReplayParts {
  readonly filled: Filled;
  readonly clock: ReturnType<typeof dataClock>;
  readonly stopwatch: Stopwatch;
  readonly counter: PromptCounter;
  readonly figures: Figures;
}

interface Turns {
  sent: number;
  evaluated: number[];
  shares: Sample[];
  overflows: Sample[];
  evictions: Sample[];
  breaks: Sample[];
  broken: Sample[];
}

/** Replays every conversation of a set in a window: a fit before each answer; then each question as the current turn of its conversation. */
export async function replayWindow(
  context: Context,
  set: DataSet,
  { model, windowTokens }: { readonly model: string; readonly windowTokens: number },
  parts: ReplayParts,
): Promise<WindowReport> {
  const turns: Turns = { sent: 0, evaluated: [], shares: [], overflows: [], evictions: [], breaks: [], broken: [] };
  const seen: { query: QueryData; value: number }[] = [];
  for (const conversation of set.conversations) {
    await context.conversations.create({ id: conversation.id, owner, project: conversation.id });
    await replay(context, conversation, { model, windowTokens }, parts, turns);
  }
  for (const query of set.queries) {
    const conversation = set.conversations.find(({ id }) => id === query.conversation);
    if (!conversation || query.evidence.length === 0) continue;
    seen.push({ query, value: await seenShare(context, query, { conversation, model }, parts) });
  }
  const { figures } = parts;
  const seenOf = (types: readonly string[] | null) =>
    figures.mean(
      seen
        .filter(({ query }) => types?.includes(query.type) ?? true)
        .map(({ query, value }) => ({ conversation: query.conversation, value })),
    );
  const per = (samples: readonly Sample[], factor: number, unit: string) => {
    const { value, ci, n } = figures.mean(
      samples.map((sample) => ({ ...sample, value: sample.value * factor })),
      unit,
    );
    return { value, ci, n, unit };
  };
  const sum = (samples: readonly Sample[], unit: string) =>
    figures.exact(
      samples.reduce((total, { value }) => total + value, 0),
      samples.length,
      unit,
    );
  const evaluated = turns.evaluated.reduce((total, tokens) => total + tokens, 0);
  return {
    windowTokens,
    fits: turns.evaluated.length,
    overflows: sum(turns.overflows, 'fits'),
    evaluatedShare: {
      ...figures.mean(turns.shares),
      value: turns.sent === 0 ? null : Math.round((evaluated / turns.sent) * 1e4) / 1e4,
    },
    evaluatedP95: figures.exact(quantile(turns.evaluated, 0.95), turns.evaluated.length, 'tokens'),
    evictionsPer100: per(turns.evictions, 100, 'per 100 turns'),
    prefixBreaks: sum(turns.breaks, 'fits'),
    toolPairsBroken: sum(turns.broken, 'fits'),
    seen: seenOf(null),
    seenFacts: seenOf(set.manifest.factTypes),
    seenPins: seenOf(set.manifest.pinTypes),
  };
}

async function replay(
  context: Context,
  conversation: ConversationData,
  { model, windowTokens }: { readonly model: string; readonly windowTokens: number },
  { filled, clock, stopwatch, counter }: ReplayParts,
  turns: Turns,
): Promise<void> {
  const { id } = conversation;
  const messages = context.messages(id);
  await messages.append({ role: 'system', text: systemText });
  let previous: { messages: readonly ModelMessage[]; epoch: number } | null = null;
  for (const message of conversation.sessions.flatMap((session) => session.messages)) {
    clock.step();
    if (message.role === 'assistant') {
      const fitted: FittedWindow = await stopwatch.time('fit', () =>
        context.window.fit({ conversationId: id, model, answerTokens }),
      );
      const total = counter.total(fitted.messages);
      const isNewEpoch = previous === null || fitted.epoch !== previous.epoch;
      const behind = previous === null ? total : counter.behind(fitted.messages, previous.messages);
      const mark = (samples: Sample[], value: boolean) => samples.push({ conversation: id, value: value ? 1 : 0 });
      turns.sent += total;
      turns.evaluated.push(behind);
      turns.shares.push({ conversation: id, value: behind / total });
      mark(turns.overflows, total + answerTokens > windowTokens);
      mark(turns.evictions, previous !== null && isNewEpoch);
      mark(turns.breaks, !isNewEpoch && !startsWith(fitted.messages, previous!.messages));
      mark(turns.broken, !hasWholePairs(fitted.messages));
      previous = {
        messages: [...fitted.messages, { role: 'assistant', content: storedText(message) }],
        epoch: fitted.epoch,
      };
    }
    await messages.append({ id: filled.idOf(id, message.id), role: message.role, text: storedText(message) });
  }
}

async function seenShare(
  context: Context,
  query: QueryData,
  { conversation, model }: { readonly conversation: ConversationData; readonly model: string },
  { filled }: ReplayParts,
): Promise<number> {
  const { messages } = await context.window.fit({
    conversationId: conversation.id,
    model,
    answerTokens,
    current: query.text,
    recall: { maxTokens: recallTokens },
  });
  const shown = messages.map(({ content }) => content).join('\n\n');
  const texts = new Map(
    conversation.sessions.flatMap((session) => session.messages).map((message) => [message.id, storedText(message)]),
  );
  const wanted = new Set(query.evidence);
  const pins = (await context.memories.list({ owner, project: conversation.id, pinned: true, state: 'active' })).filter(
    ({ text }) => shown.includes(text),
  );
  const pinned = new Set(pins.map(({ sourceId }) => sourceId));
  const isSeen = (id: string) => {
    const stored = filled.idOf(conversation.id, id);
    const text = texts.get(id);
    return shown.includes(stored) || pinned.has(stored) || (text !== undefined && shown.includes(text.trim()));
  };
  return [...wanted].filter(isSeen).length / wanted.size;
}

/** Whether a prompt begins with another one, byte for byte. */
function startsWith(messages: readonly ModelMessage[], previous: readonly ModelMessage[]): boolean {
  return previous.every(
    ({ role, content }, index) => messages[index]?.role === role && messages[index].content === content,
  );
}

function hasWholePairs(messages: readonly ModelMessage[]): boolean {
  const calls = messages.flatMap(({ toolCalls = [] }) => toolCalls.map((call) => call.id));
  const results = messages.flatMap(({ role, toolCallId }) => (role === 'tool' ? [toolCallId] : []));
  return calls.length === results.length && results.every((id) => id !== undefined && calls.includes(id));
}
