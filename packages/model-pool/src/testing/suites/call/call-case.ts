import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { ModelPoolError } from '../../../errors.js';
import type { CallEvent } from '../../../events.js';
import type {
  CallEnd,
  CallRequest,
  CallResult,
  DecideRequest,
  DecideResult,
  EmbedRequest,
  EmbedResult,
} from '../../../types.js';
import type { FakeRequest } from '../../fake-ollama/exchange.js';
import type { FakeOllama } from '../../fake-ollama/fake-ollama.js';
import type { Capabilities } from '../skip-reason.js';

/** Anything that calls models as a pool does. */
export interface CallPort {
  /** Calls a model. */
  call(request: CallRequest): AsyncIterableIterator<CallEvent>;
  /** The same, collected. */
  generate(request: CallRequest): Promise<CallResult>;
  /** Turns texts into vectors, for `embed`. */
  embed?(request: EmbedRequest): Promise<EmbedResult>;
  /** Answers questions, for `decide`. */
  decide?(request: DecideRequest): Promise<DecideResult>;
}

/** What not every port can do. */
export type CallCapability = 'json' | 'schema' | 'tools' | 'thinking' | 'embed' | 'decide';

/** What a port can do. */
export type CallCapabilities = Capabilities<CallCapability>;

/** What a case is given. */
export interface CallCaseContext {
  /** Under test. Its roles are `ux` and `planning`; with `thinking` the model of `planning` thinks. */
  readonly pool: CallPort;
  /** The server behind it, or one that does the same. Of the faults it is asked for `no-done`, `status-503` and `utf8-split`. */
  readonly fake: Pick<FakeOllama, 'log' | 'set' | 'slots'>;
  /** Names that the server gives to the models of the roles. @defaultValue `small:1b` and `large:8b` */
  readonly models?:
    | {
        /** Of `ux`. */
        readonly ux: string;
        /** Of `planning`. */
        readonly planning: string;
      }
    | undefined;
}

/** A case. */
export interface CallCase {
  /** A sentence about behaviour. */
  readonly name: string;
  /** What a port needs for it; `null` = every port passes it. */
  readonly needs: CallCapability | null;
  /** Rejects where the behaviour is another one. */
  run(context: CallCaseContext): Promise<void>;
}

/** What a call sent. */
export interface Collected {
  /** Its events. */
  readonly events: CallEvent[];
  /** How it failed; `null` = it did not. */
  readonly error: ModelPoolError | null;
}

/** Reads a call to its end. Rejects where it fails with anything but an error of the package. */
export async function collectEvents(
  events: AsyncIterable<CallEvent>,
  onEvent: (event: CallEvent) => void = () => {},
): Promise<Collected> {
  const seen: CallEvent[] = [];
  try {
    for await (const event of events) {
      seen.push(event);
      onEvent(event);
    }
    return { events: seen, error: null };
  } catch (error) {
    assert.ok(ModelPoolError.isInstance(error), `not an error of the package: ${String(error)}`);
    return { events: seen, error };
  }
}

/** The last events of the attempts. */
export function endsOf(events: readonly CallEvent[]): CallEnd[] {
  return events.filter((event) => event.type === 'call-end');
}

/** The text of the deltas. */
export function textOf(events: readonly CallEvent[]): string {
  return events.map((event) => (event.type === 'text-delta' ? event.text : '')).join('');
}

/** Waits for something that only the server sees. */
export async function seenByServer(what: string, check: () => boolean): Promise<void> {
  for (let count = 0; count < 1_000; count += 1) {
    if (check()) return;
    await sleep(10);
  }
  assert.fail(`not seen within 10 s: ${what}`);
}

const textPaths: ReadonlySet<string> = new Set([
  '/api/chat',
  '/v1/chat/completions',
  '/v1/completions',
  '/v1/messages',
]);

/** Requests for text that the server got; loads and the like are left out. */
export function textRequests({ log }: Pick<FakeOllama, 'log'>): FakeRequest[] {
  return log.filter(
    ({ path, body }) => textPaths.has(path) || (path === '/api/generate' && typeof body?.prompt === 'string'),
  );
}

/** Requests that the server computes. */
export function slotsHeld({ slots }: Pick<FakeOllama, 'slots'>): number {
  return Object.values(slots()).reduce((sum, held) => sum + held, 0);
}
