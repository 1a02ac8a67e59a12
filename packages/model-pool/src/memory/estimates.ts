import type { Logger, MemoryEstimate, MemoryEstimates } from '../types.js';

/** Weight of the newest size. */
const weight = 0.3;
/** Least error bar, share of the mean: one model in one shape differs by less from load to load. */
const leastSpread = 0.01;
const most = 256;

/** Which model in which shape. */
export interface ModelShape {
  /** Hex digest of its files, or its name where no digest is known. */
  readonly digest: string;
  /** Context of one slot, tokens. */
  readonly contextTokens: number;
  /** Calls at the same time. */
  readonly slots: number;
}

/** The estimate after one more load. */
export function learnSize(known: MemoryEstimate | null, shape: ModelShape, bytes: number): MemoryEstimate {
  const { digest, contextTokens, slots } = shape;
  const difference = known === null ? 0 : bytes - known.meanBytes;
  const meanBytes = known === null ? bytes : known.meanBytes + weight * difference;
  const variance = known === null ? 0 : (1 - weight) * (known.sigmaBytes ** 2 + weight * difference ** 2);
  return { digest, contextTokens, slots, meanBytes, sigmaBytes: Math.sqrt(variance), loads: (known?.loads ?? 0) + 1 };
}

/** What a model in this shape needs, bytes: the mean and two error bars. */
export function learntNeedBytes({ meanBytes, sigmaBytes }: MemoryEstimate): number {
  return Math.round(meanBytes + 2 * Math.max(sigmaBytes, leastSpread * meanBytes));
}

const keyOf = ({ digest, contextTokens, slots }: ModelShape) => `${digest} ${contextTokens} ${slots}`;

/** Learnt sizes of models, kept where the caller wants them kept. The least recently learnt of more than 256 is forgotten. */
export class SizeMemory {
  readonly #port: MemoryEstimates | null;
  readonly #logger: Logger;
  #known = new Map<string, MemoryEstimate>();
  #saving: Promise<void> = Promise.resolve();
  #isDirty = false;

  constructor(port: MemoryEstimates | null, logger: Logger) {
    this.#port = port;
    this.#logger = logger;
  }

  /** Takes over what was kept; what was learnt meanwhile is newer. A failure is logged: then all begins anew. */
  async load(): Promise<void> {
    try {
      const kept = (await this.#port?.load()) ?? [];
      const entries = kept.filter(isSound).map((estimate) => [keyOf(estimate), estimate] as const);
      this.#known = new Map([...entries, ...this.#known].slice(-most));
    } catch (error) {
      this.#logger.warn({ error }, 'learnt sizes of models could not be read');
    }
  }

  /** What is known of a shape. */
  find(shape: ModelShape): MemoryEstimate | null {
    return this.#known.get(keyOf(shape)) ?? null;
  }

  /** Learns what a loaded model holds. */
  learn(shape: ModelShape, bytes: number): void {
    if (!(bytes > 0)) return;
    const key = keyOf(shape);
    const estimate = learnSize(this.find(shape), shape, bytes);
    this.#known.delete(key);
    this.#known.set(key, estimate);
    const [oldest] = this.#known.keys();
    if (this.#known.size > most && oldest !== undefined) this.#known.delete(oldest);
    this.#save();
  }

  /** Resolves once everything that was learnt is kept, or could not be. */
  async saved(): Promise<void> {
    await this.#saving;
  }

  /** Saves one after the other; what is learnt during a save goes with the next one. */
  #save(): void {
    const port = this.#port;
    if (port === null || this.#isDirty) return;
    this.#isDirty = true;
    this.#saving = this.#saving.then(async () => {
      this.#isDirty = false;
      try {
        await port.save([...this.#known.values()]);
      } catch (error) {
        this.#logger.warn({ error }, 'learnt sizes of models could not be kept');
      }
    });
  }
}

/** Kept by others, read with care. */
function isSound({ digest, contextTokens, slots, meanBytes, sigmaBytes, loads }: MemoryEstimate): boolean {
  return (
    typeof digest === 'string' &&
    [contextTokens, slots, meanBytes, loads].every((value) => value > 0) &&
    sigmaBytes >= 0
  );
}
