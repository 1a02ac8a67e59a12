/** Faults of the fake, by what breaks. */
export const fakeFaultGroups = {
  /** The connection: what a client sees of the socket alone. */
  connection: ['refuse', 'silent', 'reset', 'reset-mid', 'half-close', 'slow-headers'],
  /** The status of the answer; 403 comes bare, as for a foreign Host, and 302 leads elsewhere. `no-memory` is the 500 of a model that does not fit. */
  status: [
    'status-302',
    'status-400',
    'status-401',
    'status-403',
    'status-404',
    'status-429',
    'status-499',
    'status-500',
    'status-503',
    'no-memory',
  ],
  /** What is in the stream. */
  stream: [
    'bad-line',
    'error-line',
    'no-done',
    'two-done',
    'empty',
    'html',
    'utf8-split',
    'utf8-cut',
    'huge-line',
    'gzip',
    'odd-characters',
    'repeat',
    'endless',
    'wrong-model',
    'bad-counts',
    'nan-counts',
  ],
  /** How long it takes: a load, the prompt, a token; and a slot that an aborted stream does not give back. */
  time: ['slow-load', 'load-stall', 'stall', 'trickle', 'deaf-prefill', 'leak-slot'],
  /** What happens to the server while it answers; all but `ps-lag` are also methods of the fake. */
  state: ['ps-lag', 'evict', 'reload', 'restart', 'flap', 'out-of-memory', 'digest-change'],
} as const;

/** A fault of the fake. */
export type FakeFaultKind = (typeof fakeFaultGroups)[keyof typeof fakeFaultGroups][number];

/** All kinds of faults. */
export const fakeFaultKinds: readonly FakeFaultKind[] = Object.values(fakeFaultGroups).flat();

/** When a fault happens. */
export interface FakeFault {
  /** Which. */
  readonly kind: FakeFaultKind;
  /** Only on this path. @defaultValue requests for text; loads for `load-stall` and `slow-load`, both for `no-memory`; `/api/ps` for `ps-lag` */
  readonly path?: string | undefined;
  /** Only for this model. */
  readonly model?: string | undefined;
  /** How often. @defaultValue for ever */
  readonly times?: number | undefined;
  /** Only every n-th request that it fits. @defaultValue `1` */
  readonly every?: number | undefined;
  /** After how many tokens, where it happens in the middle. @defaultValue `2` */
  readonly after?: number | undefined;
  /** How long, where it delays, ms. @defaultValue `300`; `2000` for `deaf-prefill` and `ps-lag`, `10000` per token for `trickle`, `20` per change for `flap` */
  readonly delayMs?: number | undefined;
  /** Words of the error, instead of the usual ones. */
  readonly message?: string | undefined;
}

const delays: Readonly<Partial<Record<FakeFaultKind, number>>> = {
  'deaf-prefill': 2_000,
  flap: 20,
  'ps-lag': 2_000,
  trickle: 10_000,
};

/** How long a fault delays, ms. */
export function faultDelayMs({ kind, delayMs }: FakeFault): number {
  return delayMs ?? delays[kind] ?? 300;
}

/**
 * Reads `kind`, `kind@after`, `kind*times` or `kind@after*times`, or a whole fault as JSON; throws a TypeError that names the
 * kinds for anything else.
 */
export function parseFakeFault(text: string): FakeFault {
  const refuse = (what: string) => new TypeError(`${what} is no fault; faults are ${fakeFaultKinds.join(', ')}`);
  const isKind = (kind: unknown): kind is FakeFaultKind => (fakeFaultKinds as readonly unknown[]).includes(kind);
  if (text.startsWith('{')) {
    let fault: FakeFault;
    try {
      fault = JSON.parse(text) as FakeFault;
    } catch {
      throw refuse(text);
    }
    if (!isKind(fault.kind)) throw refuse(text);
    return fault;
  }
  const [, kind, after, times] = /^([a-z0-9-]+)(?:@(\d+))?(?:\*(\d+))?$/.exec(text) ?? [];
  if (!isKind(kind)) throw refuse(text);
  return {
    kind,
    ...(after === undefined ? {} : { after: Number(after) }),
    ...(times === undefined ? {} : { times: Number(times) }),
  };
}

/** What a fault may happen to. */
export interface FaultyRequest {
  /** Path. */
  readonly path: string;
  /** Model, where the request names one. */
  readonly model: string | null;
  /** Whether it asks for text. */
  readonly isText: boolean;
  /** Whether it asks for a load. */
  readonly isLoad: boolean;
}

function fits({ kind, path, model }: FakeFault, request: FaultyRequest): boolean {
  if (model !== undefined && model !== request.model) return false;
  if (path !== undefined) return path === request.path;
  if (kind === 'ps-lag') return request.path === '/api/ps';
  if (kind === 'no-memory') return request.isText || request.isLoad;
  return kind === 'load-stall' || kind === 'slow-load' ? request.isLoad : request.isText;
}

/** Refuses a fault that would never happen, which is worse in a test than none. */
export function checkFaultKind(kind: string, kinds: readonly string[]): void {
  if (!kinds.includes(kind)) throw new TypeError(`there is no fault ${kind}; faults are ${kinds.join(', ')}`);
}

/** The faults that are set, and how often each has happened. */
export class FakeFaultBox {
  #entries: { fault: FakeFault; seen: number; done: number }[] = [];

  /** Whether connections are refused. */
  get refuses(): boolean {
    return this.#entries.some(({ fault }) => fault.kind === 'refuse');
  }

  /** A fault of a kind that is set, whether or not it has happened. */
  find(kind: FakeFaultKind): FakeFault | undefined {
    return this.#entries.find(({ fault }) => fault.kind === kind)?.fault;
  }

  /** Replaces all faults. @throws TypeError for a kind that there is not */
  set(faults: readonly FakeFault[]): void {
    for (const { kind } of faults) checkFaultKind(kind, fakeFaultKinds);
    this.#entries = faults.map((fault) => ({ fault, seen: 0, done: 0 }));
  }

  /** The fault that happens to a request, if any. */
  take(request: FaultyRequest): FakeFault | null {
    for (const entry of this.#entries) {
      const { times = Number.POSITIVE_INFINITY, every = 1 } = entry.fault;
      if (!fits(entry.fault, request)) continue;
      entry.seen += 1;
      if (entry.seen % every !== 0 || entry.done >= times) continue;
      entry.done += 1;
      return entry.fault;
    }
    return null;
  }
}
