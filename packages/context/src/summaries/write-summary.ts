import type { JobRow, MessageRow, SummaryRow } from '../store/contract.js';
import type { Generate } from '../types.js';
import { checkSummary, type RejectReason } from './check.js';
import type { SummariesParts } from './create-summaries.js';
import { extractText } from './extract.js';
import { hashOf, jobKey } from './job-key.js';
import { promptTokens, type SourceLine, summaryPrompt, summaryPromptVersion, summaryTokens } from './prompts.js';
import { sourceSha256 } from './source-sha256.js';

/** Window of a writer that nobody described, tokens. */
const unknownWindowTokens = 4_096;

/** What became of a job. */
export type Written =
  | { readonly summaryId: string }
  | { readonly summaryId: null; readonly reason: RejectReason | 'stale' };

/** Lets the model write one summary, checks it against its source, and stores it unless its source has changed meanwhile. */
export async function writeSummary(
  parts: SummariesParts,
  generate: Generate,
  job: JobRow,
  signal: AbortSignal,
): Promise<Written> {
  const { store, counter, createId, clock, writer } = parts;
  const place = job.payload as unknown as { conversationId: string; level: number; fromSeq: number; toSeq: number };
  const { conversationId, level, fromSeq, toSeq } = place;
  const source = await readSource(parts, job, place);
  if (!source) {
    await store.write((queries) => queries.jobs.end(job.key, 'done'));
    return { summaryId: null, reason: 'stale' };
  }
  const limit = Math.floor((writer?.contextTokens ?? unknownWindowTokens) / 2) - promptTokens;
  const lines = await fitSource(parts, source.lines, limit, signal);
  const maxTokens = summaryTokens(level);
  signal.throwIfAborted();
  const written = await untilAborted(
    generate({ purpose: 'summary', messages: summaryPrompt(level, lines), maxTokens }, { signal }),
    signal,
  );
  const checked = checkSummary(
    written,
    source.lines.map(({ label, text }) => `${label}: ${text}`).join('\n'),
    maxTokens,
  );
  if (!checked.isAccepted) return { summaryId: null, reason: checked.reason };
  const [tokens] = await counter.count([checked.text], { signal });
  const id = createId();
  const isStored = await store.write(async (queries) => {
    await queries.jobs.end(job.key, 'done');
    const messages = await queries.messages.range(conversationId, { fromSeq, toSeq });
    if (sourceSha256(messages) !== source.sha256) return false;
    await queries.summaries.insert({
      id,
      conversationId,
      level,
      fromSeq,
      toSeq,
      kind: 'model',
      text: checked.text,
      tokens: tokens!,
      model: writer?.model ?? null,
      promptVersion: summaryPromptVersion,
      sourceSha256: source.sha256,
      state: 'active',
      createdAtMs: Math.round(clock.now()),
    });
    return true;
  });
  return isStored ? { summaryId: id } : { summaryId: null, reason: 'stale' };
}

/** What a summary is made from, `null` if that is no longer what the job was made for. */
async function readSource(
  { store }: SummariesParts,
  job: JobRow,
  { conversationId, level, fromSeq, toSeq }: { conversationId: string; level: number; fromSeq: number; toSeq: number },
): Promise<{ readonly lines: readonly SourceLine[]; readonly sha256: string } | null> {
  return store.read(async (queries) => {
    const messages = await queries.messages.range(conversationId, { fromSeq, toSeq });
    const sha256 = sourceSha256(messages);
    if (level === 0) {
      if (job.key !== jobKey(conversationId, { level, fromSeq, toSeq }, sha256)) return null;
      return { lines: messages.flatMap(lineOf), sha256 };
    }
    const below = (await queries.summaries.of(conversationId, ['active'])).filter(
      (summary) => summary.level === level - 1 && summary.fromSeq >= fromSeq && summary.toSeq <= toSeq,
    );
    const members = onePerPlace(below);
    if (job.key !== jobKey(conversationId, { level, fromSeq, toSeq }, hashOf(members))) return null;
    return {
      lines: members.map(({ fromSeq: from, toSeq: to, text }) => ({ label: `Messages ${from} to ${to}`, text })),
      sha256,
    };
  });
}

/** The model's text of a place where there is one, else its extract; in order. */
function onePerPlace(summaries: readonly SummaryRow[]): SummaryRow[] {
  const places = new Map<number, SummaryRow>();
  for (const summary of summaries) {
    const known = places.get(summary.fromSeq);
    if (!known || known.kind === 'extract') places.set(summary.fromSeq, summary);
  }
  return [...places.values()].sort((a, b) => a.fromSeq - b.fromSeq);
}

function lineOf({ role, text, parts, status }: MessageRow): SourceLine[] {
  if (role === 'system' || status === 'open' || text === '') return [];
  const label =
    role === 'user' ? 'User' : role === 'assistant' ? 'Assistant' : `Result of ${parts.toolName ?? 'a tool'}`;
  return [{ label, text }];
}

/** Makes the source fit: what is too long alone becomes its extract, then the longest of the rest, one after the other. */
async function fitSource(
  { counter }: SummariesParts,
  lines: readonly SourceLine[],
  limitTokens: number,
  signal: AbortSignal,
): Promise<SourceLine[]> {
  const counts = await counter.count(
    lines.map(({ text }) => text),
    { signal },
  );
  const fitted = lines.map((line, index) => ({ line, tokens: counts[index]! + 6, isExtract: false }));
  for (;;) {
    const total = fitted.reduce((sum, { tokens }) => sum + tokens, 0);
    const longest = fitted.reduce((long, one) => (one.isExtract || one.tokens <= long.tokens ? long : one), {
      line: lines[0]!,
      tokens: 0,
      isExtract: true,
    });
    if (longest.isExtract || (total <= limitTokens && longest.tokens <= limitTokens)) break;
    const most = Math.max(24, Math.min(200, Math.floor(limitTokens / fitted.length)));
    const text = extractText([{ role: 'user', text: longest.line.text }], most);
    longest.line = { ...longest.line, text };
    longest.tokens = Math.min(longest.tokens, most + 6);
    longest.isExtract = true;
  }
  return fitted.map(({ line }) => line);
}

/** Does not wait for a port that ignores its signal. */
function untilAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
