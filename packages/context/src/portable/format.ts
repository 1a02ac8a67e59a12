import { z } from 'zod';

/** Name and version of the format of exports. */
export const exportFormat = 'tale.conversation/1';

const id = z.string().min(1).max(200);
const seq = z.number().int().min(0).max(1_000_000_000);
const instant = z.iso.datetime({ offset: true });
const json = z.record(z.string(), z.json());
const toolCall = z.looseObject({ id: z.string(), name: z.string(), arguments: json });

const conversation = z.looseObject({
  type: z.literal('conversation'),
  id,
  title: z.string().nullable(),
  titled: z.boolean(),
  project: z.string().nullable(),
  folder: z.string().nullable(),
  parentId: id.nullable(),
  forkSeq: seq,
  private: z.boolean(),
  createdAt: instant,
  updatedAt: instant,
  archivedAt: instant.nullable(),
  meta: json,
});
const message = z.looseObject({
  type: z.literal('message'),
  id,
  conversationId: id,
  seq: seq.min(1),
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  text: z.string(),
  parts: z.looseObject({
    toolCalls: z.array(toolCall).optional(),
    toolName: z.string().optional(),
    thinking: z.string().optional(),
    attachments: z
      .array(z.looseObject({ kind: z.string(), reference: z.string(), tokens: z.number().min(0) }))
      .optional(),
    extra: json.optional(),
  }),
  toolCallId: z.string().nullable(),
  taskId: z.string().nullable(),
  callId: z.string().nullable(),
  status: z.enum(['done', 'aborted', 'error']),
  createdAt: instant,
  redactedAt: instant.nullable(),
});
const summary = z.looseObject({
  type: z.literal('summary'),
  id,
  conversationId: id,
  level: z.number().int().min(0).max(100),
  fromSeq: seq,
  toSeq: seq,
  kind: z.enum(['extract', 'model']),
  text: z.string(),
  tokens: z.number().int().min(0),
  model: z.string().nullable(),
  promptVersion: z.string(),
  sourceSha256: z.string(),
  createdAt: instant,
});
const link = z.looseObject({
  type: z.literal('link'),
  conversationId: id,
  messageId: id.nullable(),
  taskId: z.string(),
  kind: z.enum(['asked', 'about', 'result']),
  createdAt: instant,
});
const memory = z.looseObject({
  type: z.literal('memory'),
  id,
  project: z.string().nullable(),
  kind: z.enum(['instruction', 'preference', 'fact', 'decision', 'note']),
  text: z.string(),
  quote: z.string().nullable(),
  sourceId: id.nullable(),
  state: z.enum(['suggested', 'active', 'superseded', 'rejected']),
  supersededBy: id.nullable(),
  validFrom: instant.nullable(),
  validTo: instant.nullable(),
  createdAt: instant,
});

/** One row of an export. */
export const ExportRowSchema = z.discriminatedUnion('type', [conversation, message, summary, link, memory]);

/** What stands before the rows. */
export const ExportHeaderSchema = z.looseObject({ format: z.literal(exportFormat) });

/** One row of an export. */
export type ExportRow = z.infer<typeof ExportRowSchema>;

/** A row of one kind. */
export type RowOf<Type extends ExportRow['type']> = Extract<ExportRow, { type: Type }>;
