import { abortable } from '../abortable.js';
import type { Catalog } from '../catalog/catalog.js';
import { LocalEngineError } from '../errors.js';
import { isFullDisk } from '../store/full-disk.js';
import type { Manifest } from '../store/manifests.js';
import { asDigest, type Digest } from '../store/places.js';
import type { CatalogEntry, Clock, Logger } from '../types.js';
import { asFailure } from './as-failure.js';
import type { PullEvent } from './events.js';
import { type FetchTools, fetchModel } from './fetch-model.js';

/** Fetches models of the catalogue. Two pulls of one model are one. */
export interface Puller {
  /**
   * Fetches and installs a model. An abort ends this caller's wait; the fetching goes on while another caller waits for it.
   *
   * @throws {@link LocalEngineError} `not-in-catalog`, `disk-full`, `pull-failed` and the codes of sources
   */
  pull(name: string, options: { signal: AbortSignal; onEvent(event: PullEvent): void }): Promise<Manifest>;
  /** Ends all fetching. */
  close(): Promise<void>;
}

interface Job {
  readonly digest: string;
  readonly promise: Promise<Manifest>;
  readonly controller: AbortController;
  readonly listeners: Set<(event: PullEvent) => void>;
  waiting: number;
  last: PullEvent | null;
}

const progressIntervalMs = 100;

/** A puller for one store. */
export function createPuller(tools: FetchTools & { catalog: Catalog; clock: Clock; logger: Logger }): Puller {
  const { catalog, store, clock, logger } = tools;
  const jobs = new Map<string, Job>();

  const run = async (entry: CatalogEntry, signal: AbortSignal, emit: (event: PullEvent) => void): Promise<Manifest> => {
    const digest = asDigest(entry.sha256) as Digest; // checked by the catalogue's schema
    const installed = await store.manifests.read(entry.name);
    if (installed?.digest === digest && (await store.hasBlob(digest, entry.bytes))) {
      emit({ type: 'progress', digest, doneBytes: entry.bytes, totalBytes: entry.bytes });
      return installed;
    }
    const isThere = await store.hasRightBlob(digest, entry.bytes, signal); // under another name, or of a pull that was cut off
    const source = isThere ? 'store' : await fetchModel(entry, tools, signal, emit);
    emit({ type: 'manifest' });
    const { name, license, capabilities } = entry;
    const manifest = await store.install({ name, digest, source, license, capabilities }, signal);
    await store.clearPartial(digest);
    logger.info({ model: entry.name, source }, 'model installed');
    return manifest;
  };

  /** Begins when pulls of the same bytes are over, under other names or given up: they use the same files. */
  const start = (entry: CatalogEntry): Job => {
    const before = [...jobs.values()].filter(({ digest }) => digest === entry.sha256).map(({ promise }) => promise);
    const controller = new AbortController();
    const listeners: Job['listeners'] = new Set();
    let lastProgressMs = Number.NEGATIVE_INFINITY;
    const emit = (event: PullEvent) => {
      if (event.type === 'progress' && event.doneBytes < event.totalBytes) {
        if (clock.now() - lastProgressMs < progressIntervalMs) return;
        lastProgressMs = clock.now();
      }
      job.last = event;
      for (const listener of listeners) listener(event);
    };
    // Begins behind this turn, when the first listener is there.
    const promise = Promise.allSettled(before)
      .then(() => run(entry, controller.signal, emit))
      .catch((error: unknown) => {
        throw isFullDisk(error) ? asFailure(error, entry) : error; // also a manifest needs room
      })
      .finally(() => {
        if (jobs.get(entry.name) === job) jobs.delete(entry.name);
      });
    promise.catch(() => {});
    const job: Job = { digest: entry.sha256, promise, controller, listeners, waiting: 0, last: null };
    jobs.set(entry.name, job);
    return job;
  };

  return {
    async pull(name, { signal, onEvent }) {
      const entry = catalog.find(name);
      if (!entry) {
        throw new LocalEngineError(
          'not-in-catalog',
          `pull model manifest: file does not exist: '${name}' is not in the catalogue`,
          {
            model: name,
          },
        );
      }
      const running = jobs.get(entry.name);
      const job = running && !running.controller.signal.aborted ? running : start(entry);
      if (job.last) onEvent(job.last);
      job.listeners.add(onEvent);
      job.waiting++;
      try {
        return await abortable(job.promise, signal);
      } finally {
        job.listeners.delete(onEvent);
        job.waiting--;
        if (job.waiting === 0) job.controller.abort();
      }
    },
    async close() {
      const open = [...jobs.values()];
      for (const { controller } of open) {
        controller.abort(new LocalEngineError('closed', 'the engine is closed'));
      }
      await Promise.allSettled(open.map(({ promise }) => promise));
    },
  };
}
