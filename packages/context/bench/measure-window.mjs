import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import Database from 'better-sqlite3';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { makeTexts, percentile, seeded } from './texts.mjs';

const contextTokens = 131_072;
const conversationTokens = 100_000;

/** How long windows of conversations of 100,000 tokens take: the first time with every count, then turn by turn. */
export async function measure({ library, folder, quick, data }) {
  const { Kysely, SqliteDialect, createContext, migrateContext } = library;
  const { text } = makeTexts(data, seeded(7));
  const sqlite = new Database(join(folder, 'window.db'));
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = NORMAL');
  const kysely = new Kysely({ dialect: new SqliteDialect({ database: sqlite }) });
  await migrateContext(kysely);
  const models = [{ model: 'large', contextTokens, countsExactly: false, role: 'ux' }];
  const options = { model: 'large', recall: false };
  const delay = monitorEventLoopDelay({ resolution: 2 });
  const first = [];
  const stored = [];
  let blockedMs = 0;
  for (let round = 0; round < (quick ? 2 : 5); round++) {
    const context = createContext({ kysely, sqlite, models }); // each loads the tokenizer anew
    const { id } = await context.conversations.create();
    const messages = context.messages(id);
    for (let size = 0, index = 0; size < conversationTokens; index++) {
      const content = text();
      size += countTokens(content) + 5; // and the template's share
      await messages.append({ role: index % 2 === 0 ? 'user' : 'assistant', text: content });
    }
    await messages.append({ role: 'user', text: 'And now?' });
    const fit = async (times) => {
      delay.reset();
      delay.enable();
      const started = performance.now();
      await context.window.fit({ conversationId: id, ...options });
      times.push(performance.now() - started);
      await new Promise((resolve) => setTimeout(resolve, 5)); // so that the last delay is seen
      delay.disable();
      blockedMs = Math.max(blockedMs, delay.max / 1e6);
    };
    await fit(first);
    for (let turn = 0; turn < (quick ? 20 : 60); turn++) {
      await messages.append({ role: 'assistant', text: 'That is done.' });
      await messages.append({ role: 'user', text: `And what about number ${turn}?` });
      await fit(stored);
    }
    await context.close();
  }
  await kysely.destroy();
  return {
    fitStoredP95: { value: percentile(stored, 0.95), n: stored.length },
    fitFirst: { value: Math.max(...first), n: first.length },
    blocked: { value: blockedMs, n: first.length + stored.length },
  };
}
