import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1_000).toISOString();

/** A conversation of an export, as a row. */
export function conversationRow(id: string, changes: object = {}): object {
  return {
    type: 'conversation',
    id,
    title: `About ${id}`,
    titled: true,
    project: null,
    folder: null,
    parentId: null,
    forkSeq: 0,
    private: false,
    createdAt: at(0),
    updatedAt: at(9),
    archivedAt: null,
    meta: {},
    ...changes,
  };
}

/** A message of an export, as a row. */
export function messageRow(conversationId: string, seq: number, text: string, changes: object = {}): object {
  return {
    type: 'message',
    id: `${conversationId}-${seq}`,
    conversationId,
    seq,
    role: seq % 2 === 1 ? 'user' : 'assistant',
    text,
    parts: {},
    toolCallId: null,
    taskId: null,
    callId: null,
    status: 'done',
    createdAt: at(seq),
    redactedAt: null,
    ...changes,
  };
}

/** An export as `tale conversations export` writes it. */
export function exportText(rows: readonly object[], format = 'tale.conversation/1'): string {
  return `{"format":${JSON.stringify(format)},"rows":[\n${rows.map((row) => JSON.stringify(row)).join(',\n')}\n]}\n`;
}

/** Writes an export into a folder; returns its path. */
export function writeExport(folder: string, name: string, rows: readonly object[]): string {
  const path = join(folder, name);
  writeFileSync(path, exportText(rows));
  return path;
}
