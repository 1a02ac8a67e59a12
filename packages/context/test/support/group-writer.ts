import { CompiledQuery } from 'kysely';
import type { Database, Writer } from '../../src/index.js';

interface Waiting {
  run(trx: Database): Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

/** A writer that puts everything submitted in one turn of the event loop into one transaction, with a savepoint for each write. */
export function groupWriter(kysely: Database): Writer {
  let waiting: Waiting[] = [];

  async function flush(): Promise<void> {
    const group = waiting;
    waiting = [];
    try {
      await kysely.connection().execute(async (trx) => {
        await execute(trx, 'begin immediate');
        try {
          for (const item of group) await item.run(trx);
          await execute(trx, 'commit');
        } catch (error) {
          await execute(trx, 'rollback').catch(() => {});
          throw error;
        }
      });
      for (const item of group) item.resolve();
    } catch (error) {
      for (const item of group) item.reject(error);
    }
  }

  return {
    submit<Result>(write: (trx: Database) => Promise<Result>): Promise<Result> {
      return new Promise<Result>((resolve, reject) => {
        let settle = () => {};
        const isFirst = waiting.length === 0;
        waiting.push({
          async run(trx) {
            await execute(trx, 'savepoint one');
            try {
              const result = await write(trx);
              settle = () => resolve(result);
            } catch (error) {
              await execute(trx, 'rollback to one');
              settle = () => reject(error);
            }
            await execute(trx, 'release one');
          },
          resolve: () => settle(),
          reject,
        });
        if (isFirst) setImmediate(flush);
      });
    },
  };
}

async function execute(trx: Database, statement: string): Promise<void> {
  await trx.executeQuery(CompiledQuery.raw(statement));
}
