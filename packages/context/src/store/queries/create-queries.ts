import type { Database } from '../../types.js';
import type { StoreQueries } from '../contract.js';
import type { IndexDriver, Tables } from '../index-driver.js';
import type { RunStatement } from '../run-statement.js';
import { conversationQueries } from './conversation-queries.js';
import { indexQueries } from './index-queries.js';
import { jobQueries, learnedQueries } from './job-queries.js';
import { linkQueries, vectorQueries } from './link-queries.js';
import { memoryQueries } from './memory-queries.js';
import { messageQueries } from './message-queries.js';
import { summaryQueries } from './summary-queries.js';
import { blockQueries, countQueries, windowQueries } from './window-queries.js';

/** Every query, bound to a database or a transaction. */
export function createQueries(database: Database, index: IndexDriver, run: RunStatement): StoreQueries {
  const db: Tables = database;
  const conversations = conversationQueries(db, run);
  const { chain } = conversations;
  return {
    conversations,
    messages: messageQueries(db, index, run, chain),
    counts: countQueries(db, chain),
    blocks: blockQueries(db, chain),
    windows: windowQueries(db),
    summaries: summaryQueries(db, index, chain),
    memories: memoryQueries(db, index),
    links: linkQueries(db),
    vectors: vectorQueries(db),
    jobs: jobQueries(db),
    learned: learnedQueries(db),
    index: indexQueries(db, index, chain),
  };
}
