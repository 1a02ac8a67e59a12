import { CompiledQuery } from 'kysely';
import type { Database, Writer } from '../../src/index.js';

interface Waiting {
  /** Does the write inside the transaction of its group; returns how to answer after COMMIT. */
  attempt(trx: Database): Promise<() => void>;
  refuse(error: unknown): void;
}

/** Everything submitted while a group is written shares the next transaction; each write has its savepoint. */
export function groupWriter(kysely: Database): Writer & { readonly groups: () => number } {
  let waiting: Waiting[] = [];
  let writing = false;
  let groups = 0;

  async function flush(): Promise<void> {
    writing = true;
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      groups += 1;
      await writeGroup(group);
    }
    writing = false;
  }

  async function writeGroup(group: Waiting[]): Promise<void> {
    try {
      const answers = await kysely.connection().execute(async (trx) => {
        const run = (text: string) => trx.executeQuery(CompiledQuery.raw(text));
        await run('begin immediate');
        try {
          const done: (() => void)[] = [];
          for (const { attempt, refuse } of group) {
            await run('savepoint one');
            try {
              done.push(await attempt(trx));
            } catch (error) {
              await run('rollback to one');
              done.push(() => refuse(error));
            }
            await run('release one');
          }
          await run('commit');
          return done;
        } catch (error) {
          await run('rollback');
          throw error;
        }
      });
      for (const answer of answers) answer();
    } catch (error) {
      for (const { refuse } of group) refuse(error);
    }
  }

  return {
    groups: () => groups,
    submit: (write) =>
      new Promise((resolve, reject) => {
        waiting.push({
          async attempt(trx) {
            const result = await write(trx);
            return () => resolve(result);
          },
          refuse: reject,
        });
        if (!writing) setImmediate(() => void (writing || flush()));
      }),
  };
}
