import { z } from 'zod';

const split = z.enum(['tune', 'test']);

/** A message of a conversation of the data. */
export const messageRow = z.looseObject({
  id: z.string().min(1),
  role: z.enum(['user', 'assistant']),
  speaker: z.string().optional(),
  text: z.string().min(1),
});

/** One line of `conversations.<set>.jsonl`. */
export const conversationRow = z.looseObject({
  id: z.string().min(1),
  split,
  sessions: z.array(z.looseObject({ messages: z.array(messageRow) })),
});

/** One line of `queries.<set>.jsonl`. */
export const queryRow = z.looseObject({
  id: z.string().min(1),
  conversation: z.string(),
  split,
  type: z.string(),
  text: z.string().min(1),
  evidence: z.array(z.string()),
});

/** What `manifest.json` says of a set. */
export const setManifest = z.looseObject({
  factTypes: z.array(z.string()),
  pinTypes: z.array(z.string()).default([]),
  otherTypes: z.array(z.string()).default([]),
  abstainTypes: z.array(z.string()).default([]),
  window: z.array(z.number().int().min(512)).default([]),
});

/** `manifest.json`. */
export const manifestFile = z.looseObject({
  format: z.literal('tale-context-eval/1'),
  sets: z.record(z.string(), setManifest),
});

/** A conversation of the data. */
export type ConversationData = z.infer<typeof conversationRow>;
/** A question of the data. */
export type QueryData = z.infer<typeof queryRow>;
/** Types of questions of a set and windows to replay. */
export type SetManifest = z.infer<typeof setManifest>;
