import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Folders, resolveFolders } from '@tale/config';
import { migrateTasks } from '@tale/tasks';
import { type TemporaryDatabase, temporaryDatabase, temporaryFolder } from '@tale/test-kit';
import { migrateTokens } from '@tale/token-tracker';

/** A `TALE_HOME` of a test. */
export interface Home extends AsyncDisposable {
  readonly path: string;
  readonly folders: Folders;
  readonly env: NodeJS.ProcessEnv;
  /** Writes the database as stopped servers leave it. */
  seed(fill: (database: TemporaryDatabase<never>) => Promise<void>): Promise<void>;
  /** Writes `runtime.json`. */
  writeRuntime(content: object): Promise<void>;
}

/** An empty home, removed with everything in it. */
export async function createHome(): Promise<Home> {
  const folder = await temporaryFolder();
  const env = { TALE_HOME: folder.path };
  const folders = resolveFolders({ env });
  for (const path of [folders.config, folders.data, folders.state]) await mkdir(path, { recursive: true, mode: 0o700 });
  return {
    path: folder.path,
    folders,
    env,
    async seed(fill) {
      await using database = await temporaryDatabase<never>();
      await migrateTasks(database.kysely);
      await migrateTokens(database.kysely);
      await fill(database);
      database.sqlite.pragma('wal_checkpoint(TRUNCATE)');
      await copyFile(database.path, join(folders.data, 'tale.db'));
    },
    writeRuntime: (content) => writeFile(join(folders.data, 'runtime.json'), JSON.stringify(content), { mode: 0o600 }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
