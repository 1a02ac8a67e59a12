import { ContextError } from '../errors.js';
import type { Message } from '../messages/types.js';
import type { Parts } from '../parts.js';
import type { JobRow, SummaryRow } from '../store/contract.js';
import type { TokenCounter } from '../tokens/create-token-counter.js';
import type { MessageCounts } from '../tokens/message-counts.js';
import type { CallOptions, Generate, ModelWindow } from '../types.js';
import { summaryJob } from './job-key.js';
import { makeExtracts, planJobs } from './pending.js';
import type { RunOptions, Summaries, Summary, SummaryRun } from './types.js';
import { writeSummary } from './write-summary.js';

/** What {@link createSummaries} needs. */
export interface SummariesParts extends Pick<Parts, 'store' | 'clock' | 'createId' | 'logger' | 'events' | 'emit'> {
  readonly counter: TokenCounter;
  readonly counts: MessageCounts;
  /** Model that writes, for the size of its window. */
  readonly writer: ModelWindow | null;
  readonly generate?: Generate | undefined;
  /** Makes some vectors that are missing; resolves with how many, 0 when none is. */
  readonly embedPending?: ((options: CallOptions) => Promise<number>) | undefined;
}

/** A job whose process died is taken again after this time, ms. */
const leaseMs = 10 * 60_000;
/** After so many rejected texts the extract stays for good. */
const mostAttempts = 2;

/** Makes the {@link Summaries} of a context. */
export function createSummaries(parts: SummariesParts): Summaries {
  const { store, clock, events, emit, logger } = parts;

  async function run({ signal, maxMs }: RunOptions): Promise<SummaryRun> {
    const endMs = maxMs === undefined ? Number.POSITIVE_INFINITY : clock.now() + maxMs;
    let extracts = 0;
    for (const { conversationId, toSeq } of await store.read((queries) => queries.windows.evicted(), { signal })) {
      if (clock.now() >= endMs) return { made: 0, extracts, rejected: 0, vectors: 0, ended: 'time' };
      extracts += await makeExtracts(parts, conversationId, toSeq, { signal });
      if (parts.generate) await planJobs(parts, conversationId, { signal });
    }
    return { extracts, ...(await work(endMs, signal)) };
  }

  async function work(endMs: number, signal: AbortSignal | undefined): Promise<Omit<SummaryRun, 'extracts'>> {
    const { generate } = parts;
    const arrival = new AbortController();
    const onMessage = () => arrival.abort();
    events.on('message-append', onMessage);
    const both = signal ? AbortSignal.any([signal, arrival.signal]) : arrival.signal;
    let made = 0;
    let rejected = 0;
    const ended = (): SummaryRun['ended'] | null =>
      signal?.aborted ? 'aborted' : arrival.signal.aborted ? 'message' : clock.now() >= endMs ? 'time' : null;
    try {
      const vectors = await embedWhile(() => ended() === null, both);
      for (;;) {
        const early = ended();
        if (early) return { made, rejected, vectors, ended: early };
        if (!generate) return { made, rejected, vectors, ended: 'no-model' };
        const job = await store.write((queries) => queries.jobs.claim([summaryJob], Math.round(clock.now()), leaseMs));
        if (!job) return { made, rejected, vectors, ended: 'nothing-left' };
        const result = await attempt(generate, job, both);
        if (result === 'made') made++;
        else if (result === 'rejected') rejected++;
      }
    } finally {
      events.off('message-append', onMessage);
    }
  }

  /** Vectors are worth less than summaries: an embedder that fails ends nothing. */
  async function embedWhile(isGoingOn: () => boolean, signal: AbortSignal): Promise<number> {
    const { embedPending } = parts;
    let vectors = 0;
    try {
      while (embedPending && isGoingOn()) {
        const made = await embedPending({ signal });
        if (made === 0) break;
        vectors += made;
      }
    } catch (error) {
      if (!signal.aborted) logger.warn({ error }, 'The embedder failed; texts stay without vectors for now.');
    }
    return vectors;
  }

  /** One job: its text becomes a row, or it waits for a second try, or the extract stays. */
  async function attempt(
    generate: Generate,
    job: JobRow,
    signal: AbortSignal,
  ): Promise<'made' | 'rejected' | 'stopped'> {
    if (job.attempts > mostAttempts) {
      await store.write((queries) => queries.jobs.end(job.key, 'failed'));
      return 'rejected';
    }
    const { conversationId, fromSeq, toSeq } = job.payload as {
      conversationId: string;
      fromSeq: number;
      toSeq: number;
    };
    try {
      const written = await writeSummary(parts, generate, job, signal);
      if (written.summaryId !== null) {
        emit('summary-end', { conversationId, summaryId: written.summaryId, fromSeq, toSeq });
        await planJobs(parts, conversationId, {});
        return 'made';
      }
      if (written.reason === 'stale') return 'stopped';
      await fail(job, written.reason);
      return 'rejected';
    } catch (error) {
      if (signal.aborted) {
        await store.write((queries) => queries.jobs.release(job.key));
        return 'stopped';
      }
      logger.warn({ conversationId, error }, 'A summary could not be written.');
      await fail(job, 'model-failed');
      return 'rejected';
    }
  }

  async function fail(job: JobRow, reason: string): Promise<void> {
    const { conversationId, fromSeq, toSeq } = job.payload as {
      conversationId: string;
      fromSeq: number;
      toSeq: number;
    };
    const isLast = job.attempts >= mostAttempts;
    await store.write((queries) => queries.jobs.end(job.key, isLast ? 'failed' : 'waiting'));
    emit('summary-error', { conversationId, fromSeq, toSeq, reason });
    if (isLast) await planJobs(parts, conversationId, {});
  }

  return {
    async of(conversationId, options = {}) {
      const rows = await store.read((queries) => queries.summaries.of(conversationId, ['active']), options);
      return rows.map((row) => summaryOf(row, conversationId));
    },
    async expand(summaryId, options: CallOptions = {}): Promise<Message[]> {
      return store.read(async (queries) => {
        const row = await queries.summaries.get(summaryId);
        if (!row) throw new ContextError('not-found', `There is no summary ${summaryId}.`, { id: summaryId });
        const { conversationId, fromSeq, toSeq } = row;
        const messages = await queries.messages.range(conversationId, { fromSeq, toSeq });
        return messages
          .filter(({ role }) => role !== 'system')
          .map(({ num: _num, ...message }) => ({ ...message, conversationId }));
      }, options);
    },
    async runPending(options = {}) {
      try {
        return await run(options);
      } catch (error) {
        if (options.signal?.aborted) return { made: 0, extracts: 0, rejected: 0, vectors: 0, ended: 'aborted' };
        throw error;
      }
    },
    async invalidate(conversationId, fromSeq, options = {}) {
      return store.write(async (queries) => {
        const rows = await queries.summaries.covering(conversationId, fromSeq, Number.MAX_SAFE_INTEGER);
        await queries.summaries.delete(rows.map(({ num }) => num));
        await queries.jobs.delete(`${summaryJob}:${conversationId}:`);
        return rows.length;
      }, options);
    },
  };
}

function summaryOf(row: SummaryRow, conversationId: string): Summary {
  const { id, level, fromSeq, toSeq, kind, text, tokens, createdAtMs } = row;
  return { id, conversationId, level, fromSeq, toSeq, kind, text, tokens, createdAtMs };
}
