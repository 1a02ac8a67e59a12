import type { SummaryRow } from '../store/contract.js';
import type { CallOptions, JsonObject } from '../types.js';
import type { SummariesParts } from './create-summaries.js';
import { extractText } from './extract.js';
import { hashOf, jobKey, type Place, summaryJob } from './job-key.js';
import { extractPromptVersion } from './prompts.js';
import { closeSegments, groupLevel, type Segment, type SegmentUnit, uncoveredParts } from './segments.js';
import { sourceSha256 } from './source-sha256.js';

/** Rows that are read at once. */
const pageRows = 1_000;

/** Makes extracts of what left a window and no summary covers; says how many. */
export async function makeExtracts(
  parts: Pick<SummariesParts, 'store' | 'counter' | 'createId' | 'clock'>,
  conversationId: string,
  toSeq: number,
  options: CallOptions,
): Promise<number> {
  const { store, counter, createId, clock } = parts;
  const summaries = await store.read((queries) => queries.summaries.of(conversationId, ['active']), options);
  let made = 0;
  for (const part of uncoveredParts({ fromSeq: 1, toSeq }, summaries)) {
    for (const segment of await segmentsOf(parts, conversationId, part, options)) {
      const rows = await store.read((queries) => queries.messages.range(conversationId, segment), options);
      const messages = rows.flatMap(({ role, text, status }) =>
        role === 'system' || status === 'open' ? [] : [{ role, text }],
      );
      const text = extractText(messages);
      if (text === '') continue;
      const [tokens] = await counter.count([text], options);
      await store.write(async (queries) => {
        const others = await queries.summaries.of(conversationId, ['active']);
        if (others.some((other) => other.fromSeq <= segment.toSeq && other.toSeq >= segment.fromSeq)) return;
        await queries.summaries.insert({
          id: createId(),
          conversationId,
          level: 0,
          ...segment,
          kind: 'extract',
          text,
          tokens: tokens!,
          model: null,
          promptVersion: extractPromptVersion,
          sourceSha256: sourceSha256(rows),
          state: 'active',
          createdAtMs: Math.round(clock.now()),
        });
        made++;
      }, options);
    }
  }
  return made;
}

/** Units of a part in order, put into segments. */
async function segmentsOf(
  { store }: Pick<SummariesParts, 'store'>,
  conversationId: string,
  part: Segment,
  options: CallOptions,
): Promise<Segment[]> {
  const units: { fromSeq: number; toSeq: number; tokens: number }[] = [];
  for (let fromSeq = part.fromSeq; fromSeq <= part.toSeq; ) {
    const range = { fromSeq, toSeq: part.toSeq, limit: pageRows };
    const rows = await store.read((queries) => queries.messages.range(conversationId, range), options);
    if (rows.length === 0) break;
    for (const { role, seq, text } of rows) {
      if (role === 'system') continue;
      const last = units.at(-1);
      const tokens = Math.ceil(text.length / 4);
      if (role === 'user' || !last) units.push({ fromSeq: seq, toSeq: seq, tokens });
      else {
        last.toSeq = seq;
        last.tokens += tokens;
      }
    }
    fromSeq = rows.at(-1)!.seq + 1;
  }
  return closeSegments(units satisfies SegmentUnit[], true);
}

/**
 * Makes the jobs that are missing: a text for each extract, and one for four summaries of a level that nothing more will come of. Extracts
 * that a model's text took the place of go, unless a window still shows them.
 */
export async function planJobs(
  { store, clock }: Pick<SummariesParts, 'store' | 'clock'>,
  conversationId: string,
  options: CallOptions,
): Promise<void> {
  const nowMs = Math.round(clock.now());
  await store.write(async (queries) => {
    const all = await queries.summaries.of(conversationId, ['active']);
    const written = new Set(all.filter(({ kind }) => kind === 'model').map(placeOf));
    const settled: SummaryRow[] = [];
    const shown = new Set(await queries.windows.shownSummaries(conversationId));
    const replaced = all.filter(
      (summary) =>
        summary.kind === 'extract' &&
        summary.conversationId === conversationId &&
        written.has(placeOf(summary)) &&
        !shown.has(summary.id),
    );
    await queries.summaries.delete(replaced.map(({ num }) => num));
    for (const summary of all) {
      if (summary.kind === 'model') {
        settled.push(summary);
        continue;
      }
      if (written.has(placeOf(summary))) continue;
      const key = jobKey(conversationId, summary, summary.sourceSha256);
      const job = await queries.jobs.get(key);
      if (job?.state === 'failed') settled.push(summary);
      else await add(key, summary);
    }
    const levels = Math.max(-1, ...settled.map(({ level }) => level));
    for (let level = 0; level <= levels; level++) {
      for (const group of groupLevel(settled.filter((summary) => summary.level === level))) {
        const place = { level: level + 1, fromSeq: group.fromSeq, toSeq: group.toSeq };
        if (written.has(placeOf(place))) continue;
        await add(jobKey(conversationId, place, hashOf(group.members)), place);
      }
    }

    async function add(key: string, { level, fromSeq, toSeq }: Place): Promise<void> {
      const payload: JsonObject = { conversationId, level, fromSeq, toSeq };
      await queries.jobs.add({ key, kind: summaryJob, payload, createdAtMs: nowMs });
    }
  }, options);
}

function placeOf({ level, fromSeq, toSeq }: Place): string {
  return `${level} ${fromSeq} ${toSeq}`;
}
