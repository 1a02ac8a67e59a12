import { join } from 'node:path';
import Database from 'better-sqlite3';
import { countTokens } from 'gpt-tokenizer/encoding/o200k_base';
import { newestOnly, rollingSummary, trimMessages } from './policies.mjs';
import { makeTexts, percentile, seeded } from './texts.mjs';

const windowTokens = 8_192;
const answerTokens = 1_024;
const conversationTokens = 100_000;
const mostTokens = 3_000; // of one message, so that the peers, who shorten nothing, can send it
const overheadTokens = 5;

/**
 * One conversation of 100,000 tokens, its window made for each answer by this package and by its peers: how much of the prompts a server
 * with a cache of the last prompt evaluates again, how many are over the window, and how long it takes.
 */
export async function measure({ library, folder, quick, data }) {
  const { Kysely, SqliteDialect, createContext, migrateContext } = library;
  const talk = makeTalk(data, quick ? conversationTokens / 4 : conversationTokens);
  const system = { role: 'system', text: 'You help with everything, in few words. '.repeat(60), tokens: 0 };
  system.tokens = count(system.text);
  const budget = windowTokens - answerTokens;

  const sqlite = new Database(join(folder, 'policies.db'));
  sqlite.pragma('journal_mode = WAL');
  sqlite.pragma('synchronous = NORMAL');
  const kysely = new Kysely({ dialect: new SqliteDialect({ database: sqlite }) });
  await migrateContext(kysely);
  const models = [{ model: 'small', contextTokens: windowTokens, countsExactly: false, role: 'ux' }];
  const context = createContext({ kysely, sqlite, models });
  await context.conversations.create({ id: 'c' });
  const stored = context.messages('c');
  await stored.append({ role: 'system', text: system.text });

  const fit = async () => {
    const fitted = await context.window.fit({ conversationId: 'c', model: 'small', answerTokens });
    return fitted.messages.map(({ role, content }) => ({ role, text: content, tokens: count(content) }));
  };
  const arms = {
    ours: fit,
    newestOnly: newestOnly({ system, budget }),
    rollingSummary: rollingSummary({ system, budget }),
    trimMessages: await trimMessages({ system, budget }),
  };
  const tallies = new Map();
  for (const [name, arm] of Object.entries(arms)) if (arm) tallies.set(name, tally());
  const said = [];
  for (const message of talk) {
    if (message.role === 'assistant') {
      for (const [name, record] of tallies) {
        const started = performance.now();
        const prompt = await arms[name](said);
        record(prompt, message, performance.now() - started);
      }
    }
    said.push(message);
    await stored.append({ role: message.role, text: message.text });
  }
  await context.close();
  await kysely.destroy();
  const results = new Map([...tallies].map(([name, record]) => [name, record.end()]));
  const peers = (part) =>
    [
      ['newest-only window', 'newestOnly'],
      ['rolling summary', 'rollingSummary'],
      ['LangChain trimMessages', 'trimMessages'],
    ].map(([name, arm]) => ({ name, ...(results.has(arm) ? { value: results.get(arm)[part] } : notInstalled) }));
  const figure = (part) => ({ value: results.get('ours')[part], n: talk.length / 2, peers: peers(part) });
  return { over: figure('over'), evaluated: figure('evaluated'), fitP95: figure('fitP95') };
}

const notInstalled = { value: null, reason: 'not installed' };

function count(text) {
  return countTokens(text) + overheadTokens;
}

function makeTalk(data, most) {
  const { text } = makeTexts(data, seeded(13));
  const talk = [];
  for (let tokens = 0; tokens < most || talk.length % 2 === 1; ) {
    const said = text();
    if (count(said) > mostTokens) continue;
    const role = talk.length % 2 === 0 ? 'user' : 'assistant';
    talk.push({ role, text: said, tokens: count(said) });
    tokens += talk.at(-1).tokens;
  }
  return talk;
}

/** Evaluated: what does not continue the last prompt and its answer, message by message. */
function tally() {
  let before = [];
  let [sent, evaluated, over] = [0, 0, 0];
  const times = [];
  const record = (prompt, answer, ms) => {
    const tokens = prompt.reduce((sum, message) => sum + message.tokens, 0);
    let same = 0;
    while (same < prompt.length && before[same]?.text === prompt[same].text && before[same].role === prompt[same].role)
      same += 1;
    sent += tokens;
    evaluated += prompt.slice(same).reduce((sum, message) => sum + message.tokens, 0);
    if (tokens + answerTokens > windowTokens) over += 1;
    before = [...prompt, answer];
    times.push(ms);
  };
  return Object.assign(record, {
    end: () => ({ over, evaluated: evaluated / sent, fitP95: percentile(times, 0.95) }),
  });
}
