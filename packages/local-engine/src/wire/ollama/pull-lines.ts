import type { PullEvent } from '../../pull/events.js';

/** The line of `/api/pull` for an event. A source that fails is a status with its code, since another one is tried. */
export function pullLine(event: PullEvent): object {
  switch (event.type) {
    case 'source-start':
      return { status: 'pulling manifest', source: event.source };
    case 'source-error':
      return { status: `source ${event.failure.source} failed: ${event.failure.message}`, ...event.failure };
    case 'progress':
      return {
        status: `pulling ${event.digest.slice(0, 12)}`,
        digest: `sha256:${event.digest}`,
        total: event.totalBytes,
        completed: event.doneBytes,
      };
    case 'verify':
      return { status: 'verifying sha256 digest' };
    case 'manifest':
      return { status: 'writing manifest' };
  }
}
