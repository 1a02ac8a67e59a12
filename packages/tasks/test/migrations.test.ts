import { temporaryDatabase } from '@tale/test-kit';
import { describe, expect, it } from 'vitest';
import { migrateTasks } from '../src/index.js';

describe('the migrations', () => {
  it('make strict tables of this package only', async () => {
    await using database = await temporaryDatabase();
    await migrateTasks(database.kysely);
    const tables = database.sqlite.prepare("select name, strict from pragma_table_list where name like 'task%'").all();
    expect(tables).toEqual(
      expect.arrayContaining([
        { name: 'task_task', strict: 1 },
        { name: 'task_run', strict: 1 },
        { name: 'task_event', strict: 1 },
      ]),
    );
  });

  it('may be called by four processes at the same moment, and again', async () => {
    await using database = await temporaryDatabase();
    const handles = [database, database.open(), database.open(), database.open()];
    await Promise.all(handles.map(({ kysely }) => migrateTasks(kysely)));
    await migrateTasks(database.kysely);
    expect(database.sqlite.prepare('select name from task_migrations').all()).toEqual([{ name: '0001-tasks' }]);
  });

  it('leave nothing behind when they fail', async () => {
    await using database = await temporaryDatabase();
    database.sqlite.exec('create table task_run (x text)');
    await expect(migrateTasks(database.kysely)).rejects.toThrow('task_run');
    expect(database.sqlite.prepare("select name from sqlite_schema where name like 'task%'").all()).toEqual([
      { name: 'task_run' },
    ]);
  });
});
