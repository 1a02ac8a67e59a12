import Database from 'better-sqlite3';
import { percentile } from './texts.mjs';

/** The peer of recall: the same messages in an FTS5 table as its documentation shows it, asked for any of the words, one conversation by JOIN. */
export function plainFts5(file, from) {
  const sqlite = new Database(file);
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = NORMAL');
  sqlite.exec(`attach '${from}' as source;
    create table messages (id integer primary key, conversation text, text text);
    insert into messages select num, conversation_id, text from source.context_messages;
    create index messages_by_conversation on messages (conversation);
    create virtual table plain using fts5(text, content='messages', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2');
    insert into plain (plain) values ('rebuild');
    detach source;`);
  const all = sqlite.prepare('select rowid, text from plain where plain match ? order by rank limit 200');
  const own = sqlite.prepare(
    'select m.id, m.text from plain f join messages m on m.id = f.rowid where f.plain match ? and m.conversation = ? order by f.rank limit 200',
  );
  const anyOf = (text) => (text.match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => `"${word}"`).join(' OR ');
  const p95 = (ask, questions) => {
    const times = questions.map((text, index) => {
      const started = performance.now();
      ask(anyOf(text), index);
      return performance.now() - started;
    });
    return percentile(times, 0.95);
  };
  return {
    indexBytes: sqlite.prepare("select sum(pgsize) as n from dbstat where name like 'plain%'").get().n,
    recallAllP95: (questions) => p95((words) => all.all(words), questions),
    recallOwnP95: (questions, conversations) =>
      p95((words, index) => own.all(words, conversations[index % conversations.length]), questions),
    close: () => sqlite.close(),
  };
}
