import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { toTaskView } from '@tale/protocol';
import { createTaskReader } from '@tale/tasks/queries';
import { readSqlite, reportScript, taskUsagesScript } from '@tale/token-tracker/queries';
import type Database from 'better-sqlite3';
import type { TaskSource } from './task-source.js';

/** What the files are read with. */
export interface OfflineOptions {
  readonly dataFolder: string;
  readonly now: () => number;
  /** Handed in, so that the build needs no file of its own for what this one and the commands would share. */
  readonly toView: typeof toTaskView;
}

/** Reads from the files of the data folder, which nobody writes to; `null` if there are none yet. */
export function offlineSource({ dataFolder, now, toView }: OfflineOptions): TaskSource | null {
  const path = join(dataFolder, 'tale.db');
  const asOfMs = lastWriteMs(path);
  if (asOfMs === null) return null;
  const sqlite = openReadOnly(path);
  const tasks = createTaskReader(sqlite);
  const usagesOf = (ids: readonly string[]) => readSqlite(sqlite, taskUsagesScript(ids));

  return {
    isLive: false,
    asOfMs,
    async overview() {
      // The zone is of no account without a breakdown by time, and looking it up takes longer than the report.
      const midnight = new Date(now()).setHours(0, 0, 0, 0);
      const { totals } = readSqlite(sqlite, reportScript({ by: 'role', sinceMs: midnight, timeZone: 'UTC' }));
      return { tasks: tasks.counts(), tokensToday: totals };
    },
    async list({ states, sinceMs, search, limit, cursor }) {
      const page = tasks.list({
        limit,
        ...(states.length > 0 ? { states: states as never } : {}),
        ...(sinceMs === null ? {} : { sinceMs }),
        ...(search === null ? {} : { search }),
        ...(cursor === null ? {} : { cursor }),
      });
      const usages = usagesOf(page.tasks.map((task) => task.id));
      return {
        tasks: page.tasks.map((task) => toView(task, [], usages.get(task.id)!)),
        next: page.next,
      };
    },
    async match(text) {
      const found = tasks.match(text);
      const usages = usagesOf(found.tasks.map((task) => task.id));
      return {
        kind: found.kind,
        tasks: found.tasks.map((task) => toView(task, [], usages.get(task.id)!)),
        suggestions: found.suggestions.map((task) => task.id),
      };
    },
    async task(id) {
      const record = tasks.get(id);
      if (!record) return null;
      return toView(record, tasks.runs(id), usagesOf([id]).get(id)!);
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

/** By `require`, which takes half the time of an import of the same module; and without the search for its binary, where it is as usual. */
function openReadOnly(path: string): Database.Database {
  const load = createRequire(import.meta.url);
  const Sqlite = load('better-sqlite3') as typeof Database;
  const binary = join(dirname(load.resolve('better-sqlite3')), '..', 'build', 'Release', 'better_sqlite3.node');
  const found = existsSync(binary) ? { nativeBinding: binary } : {};
  return new Sqlite(path, { readonly: true, fileMustExist: true, timeout: 1_000, ...found });
}
