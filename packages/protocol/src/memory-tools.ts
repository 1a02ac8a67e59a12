import * as z from 'zod/mini';
import { memoryKinds, memoryStates } from './memory.js';

/** What the tool `memory` of the ux-agent does. */
export const memoryActions = [
  'list',
  'show',
  'add',
  'pin',
  'unpin',
  'edit',
  'delete',
  'search',
  'explain',
  'forget',
] as const;
/** What the tool `conversations` of the ux-agent does. */
export const conversationActions = ['list', 'show', 'search', 'delete'] as const;

/** Longest text of an argument that is no memory, in characters. */
const name = z.string().check(z.minLength(1), z.maxLength(500));
const words = z.string().check(z.maxLength(10_000));
const id = z.string().check(z.minLength(1), z.maxLength(200));
const instant = z.iso.datetime({ offset: true });
const limit = z.int().check(z.minimum(1), z.maximum(200));
const cursor = z.string().check(z.maxLength(300));
const seq = z.int().check(z.minimum(0));

/** Arguments of the tool `memory`; which of them an action takes is checked by the server. */
export const memoryArgumentsSchema = z.strictObject({
  action: z.enum(memoryActions),
  id: z.optional(id),
  text: z.optional(z.string()),
  kind: z.optional(z.enum(memoryKinds)),
  project: z.optional(z.nullable(name)),
  state: z.optional(z.enum(memoryStates)),
  pinned: z.optional(z.boolean()),
  includeSuperseded: z.optional(z.boolean()),
  limit: z.optional(limit),
  cursor: z.optional(cursor),
  conversation: z.optional(id),
  before: z.optional(instant),
  everything: z.optional(z.boolean()),
  dryRun: z.optional(z.boolean()),
});

/** Arguments of the tool `memory`. */
export type MemoryArguments = z.infer<typeof memoryArgumentsSchema>;

/** Arguments of the tool `conversations`; which of them an action takes is checked by the server. */
export const conversationArgumentsSchema = z.strictObject({
  action: z.enum(conversationActions),
  id: z.optional(id),
  text: z.optional(words),
  project: z.optional(z.nullable(name)),
  folder: z.optional(z.nullable(name)),
  archived: z.optional(z.boolean()),
  conversation: z.optional(id),
  role: z.optional(z.enum(['user', 'assistant', 'tool'])),
  since: z.optional(instant),
  until: z.optional(instant),
  newest: z.optional(z.boolean()),
  before: z.optional(seq),
  after: z.optional(seq),
  forks: z.optional(z.enum(['keep', 'delete'])),
  dryRun: z.optional(z.boolean()),
  limit: z.optional(limit),
  cursor: z.optional(cursor),
});

/** Arguments of the tool `conversations`. */
export type ConversationArguments = z.infer<typeof conversationArgumentsSchema>;
