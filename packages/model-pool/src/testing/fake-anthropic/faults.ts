import { checkFaultKind } from '../fake-ollama/faults.js';

/** Faults of the fake Claude API, by what breaks. */
export const fakeAnthropicFaultGroups = {
  /** The connection. */
  connection: ['refuse', 'silent', 'reset', 'reset-mid', 'slow-headers'],
  /** The status of the answer. */
  status: [
    'status-302',
    'status-400',
    'status-401',
    'status-402',
    'status-403',
    'status-404',
    'status-409',
    'status-413',
    'status-429',
    'status-500',
    'status-503',
    'status-504',
    'status-529',
    'other-server',
    'prompt-too-long',
    'not-supported',
    'spend-limit',
  ],
  /** The stream. */
  stream: [
    'error-event',
    'no-start',
    'no-stop',
    'two-stops',
    'bad-event',
    'bad-line',
    'empty',
    'html',
    'gzip',
    'huge-event',
    'utf8-split',
    'utf8-cut',
    'odd-characters',
    'unknown-event',
    'bad-arguments',
  ],
  /** The time. */
  time: ['stall', 'pings'],
} as const;

/** A fault of the fake Claude API. */
export type FakeAnthropicFaultKind = (typeof fakeAnthropicFaultGroups)[keyof typeof fakeAnthropicFaultGroups][number];

/** When a fault happens. */
export interface FakeAnthropicFault {
  /** Which. */
  readonly kind: FakeAnthropicFaultKind;
  /** How often. @defaultValue for ever */
  readonly times?: number | undefined;
  /** After how many pieces, where it breaks a stream. @defaultValue `2` */
  readonly after?: number | undefined;
  /** How long, where it delays, ms. @defaultValue `100` */
  readonly delayMs?: number | undefined;
  /** Words of the error, instead of the usual ones. */
  readonly message?: string | undefined;
  /** Kind of the error, instead of the usual one. */
  readonly type?: string | undefined;
  /** Headers of the answer, where it is a status. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** An answer that is no success. */
export interface FakeRefusal {
  /** HTTP status. */
  readonly status: number;
  /** Kind of the error. */
  readonly type: string;
  /** Words of the error. */
  readonly message: string;
  /** Name of the cause. */
  readonly errorCode?: string;
  /** Headers. */
  readonly headers?: Readonly<Record<string, string>>;
}

const refusals: Readonly<Partial<Record<FakeAnthropicFaultKind, FakeRefusal>>> = {
  'status-302': { status: 302, type: 'api_error', message: 'moved', headers: { location: 'http://127.0.0.1:9/v1' } },
  'status-400': { status: 400, type: 'invalid_request_error', message: 'messages: at least one message is required' },
  'status-401': { status: 401, type: 'authentication_error', message: 'invalid bearer token' },
  'status-402': { status: 402, type: 'billing_error', message: 'your credit balance is too low' },
  'status-403': { status: 403, type: 'permission_error', message: 'your key may not use this resource' },
  'status-404': { status: 404, type: 'not_found_error', message: 'model: claude-none' },
  'status-409': { status: 409, type: 'conflict_error', message: 'changed concurrently' },
  'status-413': { status: 413, type: 'request_too_large', message: 'request exceeds the maximum size' },
  'status-429': { status: 429, type: 'rate_limit_error', message: 'slow down', headers: { 'retry-after': '0' } },
  'status-500': { status: 500, type: 'api_error', message: 'internal server error' },
  'status-503': { status: 503, type: 'api_error', message: 'unavailable' },
  'status-504': { status: 504, type: 'timeout_error', message: 'the request timed out' },
  'status-529': { status: 529, type: 'overloaded_error', message: 'overloaded' },
  'prompt-too-long': {
    status: 400,
    type: 'invalid_request_error',
    message: 'prompt is too long: 208310 tokens > 200000 maximum',
  },
  'not-supported': {
    status: 400,
    type: 'invalid_request_error',
    message: 'tool_choice: type "tool" and "any" are not supported for this model.',
  },
  'spend-limit': {
    status: 429,
    type: 'rate_limit_error',
    message: 'the monthly spend limit is reached',
    errorCode: 'enforced_spend_limit_reached',
  },
};

/** The answer that a fault gives instead of a message, if it is a status. */
export function refusalOf(fault: FakeAnthropicFault): FakeRefusal | null {
  const refusal = refusals[fault.kind];
  if (refusal === undefined) return null;
  const { message = refusal.message, type = refusal.type, headers = refusal.headers ?? {} } = fault;
  return { ...refusal, message, type, headers };
}

/** The faults that are set, and how often each has happened. */
export class FakeAnthropicFaultBox {
  #entries: { readonly fault: FakeAnthropicFault; done: number }[] = [];

  /** Whether connections are refused. */
  get refuses(): boolean {
    return this.#entries.some(({ fault }) => fault.kind === 'refuse');
  }

  /** Replaces all faults. @throws TypeError for a kind that there is not */
  set(faults: readonly FakeAnthropicFault[]): void {
    for (const { kind } of faults) checkFaultKind(kind, Object.values(fakeAnthropicFaultGroups).flat());
    this.#entries = faults.map((fault) => ({ fault, done: 0 }));
  }

  /** The fault that happens to the next request, if any. */
  take(): FakeAnthropicFault | null {
    const entry = this.#entries.find(({ fault, done }) => done < (fault.times ?? Number.POSITIVE_INFINITY));
    if (entry === undefined) return null;
    entry.done += 1;
    return entry.fault;
  }
}
