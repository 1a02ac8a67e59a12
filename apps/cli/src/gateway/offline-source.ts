import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createTaskReader } from '@tale/tasks/queries';
import { readSqlite, reportScript, taskUsagesScript } from '@tale/token-tracker/queries';
import type Database from 'better-sqlite3';
import type { TaskSource } from './task-source.js';

/** Reads from the files of the data folder, which nobody writes to; `null` if there are none yet. */
export function offlineSource(dataFolder: string, now: () => number): TaskSource | null {
  const path = join(dataFolder, 'tale.db');
  const asOfMs = lastWriteMs(path);
  if (asOfMs === null) return null;
  const sqlite = openReadOnly(path);
  const tasks = createTaskReader(sqlite);
  // Imported when needed: the schemas beside it would cost `tale status` a tenth of its time.
  const views = async () => (await import('@tale/protocol')).toTaskView;
  const usagesOf = (ids: readonly string[]) => readSqlite(sqlite, taskUsagesScript(ids));

  return {
    isLive: false,
    asOfMs,
    async overview() {
      const midnight = new Date(now()).setHours(0, 0, 0, 0);
      const { totals } = readSqlite(sqlite, reportScript({ by: 'role', sinceMs: midnight }));
      return { tasks: tasks.counts(), tokensToday: totals };
    },
    async list({ states, sinceMs, search, limit, cursor }) {
      const toTaskView = await views();
      const page = tasks.list({
        limit,
        ...(states.length > 0 ? { states: states as never } : {}),
        ...(sinceMs === null ? {} : { sinceMs }),
        ...(search === null ? {} : { search }),
        ...(cursor === null ? {} : { cursor }),
      });
      const usages = usagesOf(page.tasks.map((task) => task.id));
      return {
        tasks: page.tasks.map((task) => toTaskView(task, [], usages.get(task.id)!)),
        next: page.next,
      };
    },
    async match(text) {
      const toTaskView = await views();
      const found = tasks.match(text);
      const usages = usagesOf(found.tasks.map((task) => task.id));
      return {
        kind: found.kind,
        tasks: found.tasks.map((task) => toTaskView(task, [], usages.get(task.id)!)),
        suggestions: found.suggestions.map((task) => task.id),
      };
    },
    async task(id) {
      const record = tasks.get(id);
      if (!record) return null;
      const toTaskView = await views();
      return toTaskView(record, tasks.runs(id), usagesOf([id]).get(id)!);
    },
    async tokens({ by, sinceMs, untilMs, taskId }) {
      return readSqlite(
        sqlite,
        reportScript({
          by,
          ...(sinceMs === null ? {} : { sinceMs }),
          ...(untilMs === null ? {} : { untilMs }),
          ...(taskId === null ? {} : { taskId }),
        }),
      );
    },
    close: () => sqlite.close(),
  };
}

/** The later write of database and log, epoch ms. */
function lastWriteMs(path: string): number | null {
  const times = [path, `${path}-wal`].flatMap((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? []);
  return statSync(path, { throwIfNoEntry: false }) ? Math.max(...times) : null;
}

/** By `require`, which takes half the time of an import of the same module. */
function openReadOnly(path: string): Database.Database {
  const Sqlite = createRequire(import.meta.url)('better-sqlite3') as typeof Database;
  return new Sqlite(path, { readonly: true, fileMustExist: true, timeout: 1_000 });
}
