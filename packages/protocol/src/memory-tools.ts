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
export interface MemoryArguments {
  /** What to do. */
  readonly action: (typeof memoryActions)[number];
  /** The memory, whole id. */
  readonly id?: string | undefined;
  /** Text of the memory, what is searched for, or what is to be forgotten. */
  readonly text?: string | undefined;
  /** Kind of the memory, or of those to list. */
  readonly kind?: (typeof memoryKinds)[number] | undefined;
  /** Project; `null` = of none. */
  readonly project?: string | null | undefined;
  /** Only memories in this state. */
  readonly state?: (typeof memoryStates)[number] | undefined;
  /** Only pinned ones, or only others. */
  readonly pinned?: boolean | undefined;
  /** Those whose place another took are listed too; they are not if left out. */
  readonly includeSuperseded?: boolean | undefined;
  /** Most rows of a page, 1 to 200. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
  /** Forgets this conversation. */
  readonly conversation?: string | undefined;
  /** Forgets what is older, ISO 8601. */
  readonly before?: string | undefined;
  /** Forgets all there is. */
  readonly everything?: boolean | undefined;
  /** Only lists what would be forgotten; `true` if left out. */
  readonly dryRun?: boolean | undefined;
}

/** Shape of {@link MemoryArguments}. */
export const memoryArgumentsSchema: z.ZodMiniType<MemoryArguments> = z.strictObject({
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

/** Arguments of the tool `conversations`; which of them an action takes is checked by the server. */
export interface ConversationArguments {
  /** What to do. */
  readonly action: (typeof conversationActions)[number];
  /** The conversation, whole id. */
  readonly id?: string | undefined;
  /** Words of the title, or what is searched for. */
  readonly text?: string | undefined;
  /** Project; `null` = of none. */
  readonly project?: string | null | undefined;
  /** Folder; `null` = of none. */
  readonly folder?: string | null | undefined;
  /** Only archived ones, or only others. */
  readonly archived?: boolean | undefined;
  /** Searches this one alone. */
  readonly conversation?: string | undefined;
  /** Only messages of this role. */
  readonly role?: 'user' | 'assistant' | 'tool' | undefined;
  /** Only messages from here on, ISO 8601. */
  readonly since?: string | undefined;
  /** Only messages up to here, ISO 8601. */
  readonly until?: string | undefined;
  /** The newest first instead of the best. */
  readonly newest?: boolean | undefined;
  /** Shows messages before this place, from 1. */
  readonly before?: number | undefined;
  /** Shows messages behind this place. */
  readonly after?: number | undefined;
  /** What becomes of forks of a deleted conversation; they are kept if left out. */
  readonly forks?: 'keep' | 'delete' | undefined;
  /** Only lists what would be deleted; `false` if left out. */
  readonly dryRun?: boolean | undefined;
  /** Most rows of a page, 1 to 200. */
  readonly limit?: number | undefined;
  /** `next` of the page before. */
  readonly cursor?: string | undefined;
}

/** Shape of {@link ConversationArguments}. */
export const conversationArgumentsSchema: z.ZodMiniType<ConversationArguments> = z.strictObject({
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
