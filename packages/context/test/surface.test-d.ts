import type { EventEmitter } from 'node:events';
import type { Kysely } from 'kysely';
import { expectTypeOf } from 'vitest';
import {
  type Appended,
  type AppendOptions,
  type CallOptions,
  type Context,
  ContextError,
  type ContextErrorCode,
  type ContextEvents,
  type Conversation,
  type Conversations,
  createContext,
  type FittedWindow,
  type ForgetOptions,
  type ForgetReport,
  type ForgetScope,
  type Message,
  type MessageStream,
  type Messages,
  migrateContext,
  type NewConversation,
  type NewMessage,
  type StreamEnd,
  type VerifyReport,
  type Windows,
} from '../src/index.js';

declare const kysely: Kysely<{ mine: { id: string } }>;

const context = createContext({ kysely, limits: { messageCharacters: 1 } });
expectTypeOf(context).toEqualTypeOf<Context>();
expectTypeOf(context.events).toEqualTypeOf<EventEmitter<ContextEvents>>();
expectTypeOf(migrateContext(kysely)).toEqualTypeOf<Promise<void>>();
expectTypeOf<Context['messages']>().toEqualTypeOf<(conversationId: string) => Messages>();
expectTypeOf<Context['forget']>().toEqualTypeOf<
  (scope: ForgetScope, options?: ForgetOptions) => Promise<ForgetReport>
>();
expectTypeOf<Context['verify']>().toEqualTypeOf<(options?: CallOptions) => Promise<VerifyReport>>();
expectTypeOf<Conversations['create']>().toEqualTypeOf<
  (conversation?: NewConversation, options?: CallOptions) => Promise<Conversation>
>();
expectTypeOf<Messages['append']>().toEqualTypeOf<(message: NewMessage, options?: AppendOptions) => Promise<Appended>>();
expectTypeOf<Messages['read']>().toEqualTypeOf<(id: string, options?: CallOptions) => Promise<Message>>();
expectTypeOf<MessageStream['end']>().toEqualTypeOf<(options?: StreamEnd) => Promise<Message>>();
expectTypeOf<Awaited<ReturnType<Windows['fit']>>>().toEqualTypeOf<FittedWindow>();
expectTypeOf(new ContextError('not-found', '').code).toEqualTypeOf<ContextErrorCode>();

// @ts-expect-error a role that there is not
void context.messages('c').append({ role: 'root', text: '' });
// @ts-expect-error what becomes of forks must be said
void context.conversations.delete('c', {});
