import { sql } from 'kysely';
import type { AnyKysely, Writer } from '../src/index.js';

interface Pending {
  run(transaction: AnyKysely): Promise<() => void>;
  reject(error: unknown): void;
}

/** Commits all writes that came while the last group was being written in one transaction, each under a savepoint. */
export function groupWriter(kysely: AnyKysely): Writer & { readonly groups: number[] } {
  let pending: Pending[] = [];
  let isWorking = false;
  const groups: number[] = [];

  async function work(): Promise<void> {
    await null; // writes of this turn share a group
    while (pending.length > 0) {
      const group = pending;
      pending = [];
      groups.push(group.length);
      const acknowledge: (() => void)[] = [];
      try {
        await kysely.connection().execute(async (connection) => {
          await sql`begin immediate`.execute(connection);
          try {
            for (const write of group) acknowledge.push(await write.run(connection));
            await sql`commit`.execute(connection);
          } catch (error) {
            await sql`rollback`.execute(connection).catch(() => {});
            throw error;
          }
        });
        for (const each of acknowledge) each();
      } catch (error) {
        for (const write of group) write.reject(error);
      }
    }
    isWorking = false;
  }

  return {
    groups,
    submit: (write) =>
      new Promise((resolve, reject) => {
        pending.push({
          reject,
          async run(transaction) {
            await sql`savepoint group_write`.execute(transaction);
            try {
              const result = await write(transaction);
              await sql`release group_write`.execute(transaction);
              return () => resolve(result);
            } catch (error) {
              await sql`rollback to group_write`.execute(transaction);
              await sql`release group_write`.execute(transaction);
              return () => reject(error);
            }
          },
        });
        if (isWorking) return;
        isWorking = true;
        void work();
      }),
  };
}
