import type { Clock, LedgerKey, LedgerPort, LedgerRecord } from '../types.js';

/** Bounds of {@link createMemoryLedger}. */
export interface MemoryLedgerOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** @defaultValue `10_000` */
  readonly maxRecords?: number;
  /** Characters of all results. @defaultValue `16_777_216` */
  readonly maxLength?: number;
  /** @defaultValue a day */
  readonly ttlMs?: number;
}

/** A ledger that forgets with the process, and before that what is oldest. */
export function createMemoryLedger(options: MemoryLedgerOptions): LedgerPort {
  const { clock, maxRecords = 10_000, maxLength = 16 << 20, ttlMs = 24 * 60 * 60 * 1_000 } = options;
  const records = new Map<string, LedgerRecord>();
  let length = 0;
  const drop = (id: string) => {
    length -= records.get(id)?.result.length ?? 0;
    records.delete(id);
  };
  const idOf = ({ principal, tool, key }: LedgerKey) => JSON.stringify([principal, tool, key]);
  return {
    async read(key) {
      const record = records.get(idOf(key));
      return record && record.storedAtMs + ttlMs > clock.now() ? record : null;
    },
    async write(key, record) {
      const id = idOf(key);
      drop(id);
      records.set(id, record);
      length += record.result.length;
      for (const oldest of records.keys()) {
        if (records.size <= maxRecords && length <= maxLength) break;
        drop(oldest);
      }
    },
  };
}
