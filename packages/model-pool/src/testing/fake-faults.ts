/** Faults of the fake, by what breaks. */
export const fakeFaultGroups = {
  /** The connection. */
  connection: ['refuse', 'silent', 'reset', 'reset-mid', 'half-close', 'slow-headers'],
  /** The status of the answer. */
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
  ],
  /** The stream. */
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
    'wrong-model',
    'bad-counts',
  ],
  /** The time. */
  time: ['stall', 'load-stall', 'slow-load'],
} as const;

/** A fault of the fake. */
export type FakeFaultKind = (typeof fakeFaultGroups)[keyof typeof fakeFaultGroups][number];

/** When a fault happens. */
export interface FakeFault {
  /** Which. */
  readonly kind: FakeFaultKind;
  /** Only on this path. @defaultValue requests for text, and loads for `load-stall` and `slow-load` */
  readonly path?: string | undefined;
  /** Only for this model. */
  readonly model?: string | undefined;
  /** How often. @defaultValue for ever */
  readonly times?: number | undefined;
  /** Only every n-th request that it fits. @defaultValue `1` */
  readonly every?: number | undefined;
  /** After how many tokens, where it breaks a stream. @defaultValue `2` */
  readonly after?: number | undefined;
  /** How long, where it delays, ms. @defaultValue `300` */
  readonly delayMs?: number | undefined;
  /** Words of the error, instead of the usual ones. */
  readonly message?: string | undefined;
}

const kinds: readonly string[] = Object.values(fakeFaultGroups).flat();

/** Reads `kind`, `kind@after`, `kind*times` or `kind@after*times`; throws a TypeError that names the kinds for anything else. */
export function parseFakeFault(text: string): FakeFault {
  const match = /^([a-z0-9-]+)(?:@(\d+))?(?:\*(\d+))?$/.exec(text);
  const [, kind, after, times] = match ?? [];
  if (kind === undefined || !kinds.includes(kind))
    throw new TypeError(`${text} is no fault; faults are ${kinds.join(', ')}`);
  return {
    kind: kind as FakeFaultKind,
    ...(after === undefined ? {} : { after: Number(after) }),
    ...(times === undefined ? {} : { times: Number(times) }),
  };
}

/** The faults that are set, and how often each has happened. */
export class FakeFaultBox {
  #entries: { fault: FakeFault; seen: number; done: number }[] = [];

  /** Whether connections are refused. */
  get refuses(): boolean {
    return this.#entries.some(({ fault }) => fault.kind === 'refuse');
  }

  /** Replaces all faults. */
  set(faults: readonly FakeFault[]): void {
    this.#entries = faults.map((fault) => ({ fault, seen: 0, done: 0 }));
  }

  /** The fault that happens to a request, if any. */
  take(request: {
    readonly path: string;
    readonly model: string | null;
    readonly isText: boolean;
    readonly isLoad: boolean;
  }): FakeFault | null {
    for (const entry of this.#entries) {
      const { kind, path, model, times, every = 1 } = entry.fault;
      const fits =
        path !== undefined
          ? path === request.path
          : kind === 'load-stall' || kind === 'slow-load'
            ? request.isLoad
            : request.isText;
      if (!fits || (model !== undefined && model !== request.model)) continue;
      entry.seen += 1;
      if (entry.seen % every !== 0 || entry.done >= (times ?? Number.POSITIVE_INFINITY)) continue;
      entry.done += 1;
      return entry.fault;
    }
    return null;
  }
}
