import { join } from 'node:path';
import Database from 'better-sqlite3';
import { plainFts5 } from './plain-fts5.mjs';
import { makeTexts, percentile, seeded } from './texts.mjs';

const perConversation = 100;

/** Speed and size with 100,000 messages in one file (10,000 with `quick`). */
export async function measure({ library, folder, quick, data, log }) {
  const { Kysely, SqliteDialect, createContext, migrateContext } = library;
  const conversations = quick ? 100 : 1_000;
  const random = seeded(42);
  const { text, question } = makeTexts(data, random);
  const sqlite = new Database(join(folder, 'speed.db'));
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = NORMAL');
  const kysely = new Kysely({ dialect: new SqliteDialect({ database: sqlite }) });
  await migrateContext(kysely);
  const context = createContext({ kysely, sqlite });

  const started = performance.now();
  for (let first = 0; first < conversations; first += 50) {
    await context.conversations.import(exportOf(first, Math.min(first + 50, conversations), text));
  }
  log(`${conversations * perConversation} messages in ${((performance.now() - started) / 1_000).toFixed(0)} s`);
  sqlite.pragma('wal_checkpoint(truncate)');

  const bytes = (where) => sqlite.prepare(`select sum(pgsize) as n from dbstat ${where}`).get().n;
  const textBytes = sqlite.prepare('select sum(length(cast(text as blob))) as n from context_messages').get().n;
  const share = (size) => ({ value: size / textBytes, n: conversations * perConversation });
  const sizes = { indexShare: share(bytes("where name like 'context_fts%'")), allShare: share(bytes('')) };

  const repeats = quick ? 100 : 400;
  const appends = async () => {
    const times = [];
    await context.conversations.create({ id: 'appended' });
    const messages = context.messages('appended');
    for (let index = 0; index < repeats; index++) {
      const content = text();
      times.push(await timed(() => messages.append({ role: index % 2 ? 'assistant' : 'user', text: content })));
    }
    return times;
  };
  await appends(); // warm
  const normal = await appends();
  sqlite.pragma('synchronous = FULL');
  const full = await appends();

  const questions = Array.from({ length: repeats / 4 }, question);
  const places = questions.map(() => `c${Math.floor(random() * conversations)}`);
  const asked = async (ask) => {
    const times = [];
    for (const [index, text] of questions.entries()) times.push(await timed(() => ask(text, places[index])));
    return { value: percentile(times, 0.95), n: times.length };
  };
  for (let index = 0; index < 20; index++) await context.recall({ text: question(), conversationId: `c${index}` }); // warm
  const recallOwnP95 = await asked((text, conversationId) => context.recall({ text, conversationId }));
  const recallAllP95 = await asked((text) => context.recall({ text, acrossProjects: true }));
  const searchAllP95 = await asked((text) => context.search({ text: text.split(' ').slice(0, 2).join(' ') }));
  sqlite.pragma('wal_checkpoint(truncate)');
  const peer = plainFts5(join(folder, 'plain.db'), join(folder, 'speed.db'));
  const beside = (value) => ({ peers: [{ name: 'plain FTS5', value }] });
  Object.assign(sizes.indexShare, beside(peer.indexBytes / textBytes));
  Object.assign(recallOwnP95, beside(peer.recallOwnP95(questions, places)));
  Object.assign(recallAllP95, beside(peer.recallAllP95(questions)));
  peer.close();

  const long = { messages: quick ? 1_000 : 10_000, id: `c${conversations}` };
  await context.conversations.import(exportOf(conversations, conversations + 1, text, long.messages));
  await context.recall({ text: question(), conversationId: long.id }); // warm
  const recallLongP95 = await asked((text) => context.recall({ text, conversationId: long.id }));
  await context.close();
  await kysely.destroy();
  return {
    ...sizes,
    appendP50: { value: percentile(normal, 0.5), n: normal.length },
    appendP95: { value: percentile(normal, 0.95), n: normal.length },
    appendFullP50: { value: percentile(full, 0.5), n: full.length },
    recallOwnP95,
    recallLongP95,
    recallAllP95,
    searchAllP95,
  };
}

async function timed(run) {
  const started = performance.now();
  await run();
  return performance.now() - started;
}

/** Conversations as an export, a line at a time. */
async function* exportOf(from, to, text, messages = perConversation) {
  yield '{"format":"tale.conversation/1","rows":[\n';
  let separator = '';
  const at = '2026-01-01T00:00:00.000Z';
  const none = { toolCallId: null, taskId: null, callId: null, redactedAt: null };
  for (let number = from; number < to; number++) {
    const id = `c${number}`;
    const place = { project: `p${number % 20}`, folder: null, parentId: null, forkSeq: 0, private: false };
    const times = { createdAt: at, updatedAt: at, archivedAt: null };
    const conversation = { type: 'conversation', id, title: id, titled: true, ...place, ...times, meta: {} };
    yield `${separator}${JSON.stringify(conversation)}`;
    separator = ',\n';
    for (let seq = 1; seq <= messages; seq++) {
      const role = seq % 2 ? 'user' : 'assistant';
      const message = {
        type: 'message',
        id: `01TALEBENCH${id}M${seq}`,
        conversationId: id,
        seq,
        role,
        text: text(),
        parts: {},
      };
      yield `,\n${JSON.stringify({ ...message, ...none, status: 'done', createdAt: at })}`;
    }
  }
  yield '\n]}\n';
}
