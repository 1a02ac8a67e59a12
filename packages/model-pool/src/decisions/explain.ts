import type { Decision } from '../events.js';
import type { Explanation } from '../status.js';
import type { CallEnd, Id } from '../types.js';
import { explainDecision } from './sentences.js';
import { isEnd, isEntry, type Story, type StoryEntry, tellStories } from './story.js';
import { sayCount, sayMs } from './words.js';

/** Parts of a time that are worth telling. */
const partNames = { queueMs: 'waiting', loadMs: 'loading', prefillMs: 'reading', decodeMs: 'writing' } as const;

function sayTimes({ timing }: CallEnd): string {
  const parts = (Object.keys(partNames) as (keyof typeof partNames)[]).flatMap((part) => {
    const ms = timing[part];
    return ms === null || ms < 1 ? [] : [`${sayMs(ms)} ${partNames[part]}`];
  });
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

function explainEnd(end: CallEnd): string {
  const { model, attempt, status, error, usage, timing, coveredBy } = end;
  const tokens = `${sayCount(usage.inputTokens, 'token')} in, ${usage.outputTokens} out (${usage.source})`;
  const tookMs = sayMs(timing.durationMs);
  switch (status) {
    case 'ok': {
      const first = timing.ttftMs === null ? '' : `, the first text after ${sayMs(timing.ttftMs)}`;
      const covered = coveredBy === null ? '' : ', in place of the model that was chosen,';
      return `${model} answered${covered} after ${tookMs}${sayTimes(end)}${first}: ${tokens}.`;
    }
    case 'error':
      return `Attempt ${attempt} on ${model} failed after ${tookMs}${sayTimes(end)}: ${error?.message} (${error?.code}); ${tokens}.`;
    case 'aborted':
      return `Attempt ${attempt} on ${model} was ended after ${tookMs}${sayTimes(end)}: ${error?.message}; ${tokens}.`;
    case 'refused':
      return '';
  }
}

/**
 * What became of a request and why, given its id, that of an attempt, or that of a task: all its requests then. The entries
 * are those that a {@link DecisionRecord} was given, in that order; those of one pool may follow those of another. Entries of another version that cannot be told are left out.
 */
export function explainEntries(entries: readonly StoryEntry[], id: Id): Explanation {
  return explainStories(tellStories(entries.filter(isEntry), id), id);
}

/** `null` for an entry whose kind or whose shape is that of another version. */
function explainEntry(entry: StoryEntry): string | null {
  try {
    return (isEnd(entry) ? explainEnd(entry) : explainDecision(entry)) ?? null;
  } catch {
    return null;
  }
}

/** Stories as sentences. */
export function explainStories(stories: readonly Story[], id: Id): Explanation {
  const sentences: string[] = [];
  const decisions: Decision[] = [];
  for (const { requestId, entries } of stories) {
    if (stories.length > 1) sentences.push(`Request ${requestId}:`);
    for (const entry of entries) {
      const sentence = explainEntry(entry);
      if (sentence === null) continue;
      if (sentence !== '') sentences.push(sentence);
      if (!isEnd(entry)) decisions.push(entry);
    }
  }
  const requestIds = stories.map(({ requestId }) => requestId);
  return { requestId: requestIds[0] ?? id, requestIds, sentences, decisions };
}
