import assert from 'node:assert/strict';
import type { Context, ContextOptions } from '../context-types.js';
import type { ContextErrorCode } from '../errors.js';

/** A context to test, on a database with nothing in it. */
export interface StoreUnderTest extends AsyncDisposable {
  /** The context. */
  readonly context: Context;
  /** One more context on the same database, as another process would open it. */
  again(options?: Partial<Omit<ContextOptions, 'kysely'>>): Context;
}

/** Makes a {@link StoreUnderTest}. */
export type CreateStore = (options?: Partial<Omit<ContextOptions, 'kysely'>>) => Promise<StoreUnderTest>;

/** One promise of a store. */
export interface StoreCase {
  /** What must hold, as a sentence. */
  readonly name: string;
  /** Resolves if it holds; `create` makes a new store. */
  run(create: CreateStore): Promise<void>;
}

/** Asserts that a call fails with a code. */
export async function refused(promise: Promise<unknown>, code: ContextErrorCode, facts: object = {}): Promise<void> {
  await assert.rejects(promise, (error: object) => {
    const found = Object.fromEntries(['code', ...Object.keys(facts)].map((key) => [key, Reflect.get(error, key)]));
    assert.deepEqual(found, { code, ...facts }, String(error));
    return true;
  });
}

/** Makes a conversation with these texts, user and assistant in turn; gives the ids of the messages. */
export async function talk(context: Context, id: string, texts: readonly string[], owner = 'local'): Promise<string[]> {
  await context.conversations.create({ id, owner });
  const ids: string[] = [];
  for (const [index, text] of texts.entries()) {
    const { id: messageId } = await context.messages(id).append({ role: index % 2 ? 'assistant' : 'user', text });
    ids.push(messageId);
  }
  return ids;
}

/** Texts of a conversation, oldest first. */
export async function textsOf(context: Context, id: string): Promise<string[]> {
  const { messages } = await context.messages(id).page({ limit: 1_000 });
  return messages.map(({ text }) => text);
}
