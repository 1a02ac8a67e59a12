import type { ConversationView, ForgetView, MemoryView, MessageView } from '@tale/protocol';

const createdAt = '2026-11-30T12:00:00.000Z';

export function memoryView(changes: Partial<MemoryView> = {}): MemoryView {
  return {
    memoryId: '01KB00000000000000000MEM01',
    kind: 'fact',
    text: 'The cat is called Mia.',
    project: null,
    state: 'active',
    origin: 'user',
    isPinned: false,
    quote: null,
    sourceMessageId: null,
    supersededBy: null,
    validFrom: createdAt,
    validTo: null,
    createdAt,
    usedAt: null,
    uses: 0,
    ...changes,
  };
}

export function conversationView(changes: Partial<ConversationView> = {}): ConversationView {
  return {
    conversationId: '01KB0000000000000000CNV001',
    title: 'A trip',
    project: null,
    folder: null,
    parentId: null,
    isPrivate: false,
    messages: 3,
    createdAt,
    updatedAt: createdAt,
    archivedAt: null,
    ...changes,
  };
}

export function messageView(changes: Partial<MessageView> = {}): MessageView {
  const text = changes.text ?? 'How do I get to Vienna?';
  return {
    messageId: 'm1',
    seq: 1,
    role: 'user',
    text,
    characters: text.length,
    status: 'done',
    taskId: null,
    createdAt,
    removedAt: null,
    ...changes,
  };
}

export function forgetView(changes: Partial<ForgetView> = {}): ForgetView {
  return {
    forgetId: 'f1',
    dryRun: true,
    rows: { conversations: 0, messages: 2, memories: 1, index: 3, blocks: 0 },
    hits: [{ kind: 'message', id: 'message-000001', conversationId: 'c', createdAt, excerpt: 'Rome is\nwarm' }],
    scrubbed: true,
    notCovered: ['Backups.'],
    ...changes,
  };
}
