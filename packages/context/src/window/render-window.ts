import { createHash } from 'node:crypto';
import type { ModelMessage } from '../types.js';
import { blockText, type Draft } from './layout.js';
import { renderHead, renderPins, renderSummaries, renderUnit } from './render.js';

/** A window as a model gets it. */
export interface RenderedWindow {
  readonly messages: readonly ModelMessage[];
  /** How many of them stand before the current turn. */
  readonly stableMessages: number;
}

/** Renders a draft: one system message, earlier units with their blocks, the current turn with its own. */
export function renderWindow(draft: Draft): RenderedWindow {
  const head = renderHead(
    draft.system.text,
    renderPins(draft.pins, draft.omittedPins),
    renderSummaries(draft.summaries),
  );
  const messages: ModelMessage[] = head === '' ? [] : [{ role: 'system', content: head }];
  for (const unit of draft.earlier) messages.push(...renderUnit(unit, draft.cuts));
  const stableMessages = messages.length;
  if (draft.current) {
    const text = blockText(draft.block);
    messages.push(...renderUnit({ ...draft.current, block: text === '' ? null : { text, tokens: 0 } }, draft.cuts));
  }
  return { messages, stableMessages };
}

/** Hashes of the first messages, one for each length, in one pass; equal only for equal bytes. A length beyond the end is the end. */
export function hashPrefixes(messages: readonly ModelMessage[], lengths: readonly number[]): string[] {
  const hash = createHash('sha256');
  const found = new Map<number, string>();
  for (let index = 0; index <= messages.length; index++) {
    if (lengths.includes(index)) found.set(index, hash.copy().digest('hex'));
    const message = messages[index];
    if (!message) break;
    const { role, content, toolCalls, toolCallId, toolName } = message;
    const rest = toolCalls || toolCallId || toolName ? JSON.stringify([toolCalls, toolCallId, toolName]) : '';
    // Lengths in front, so that no text can be read as the beginning of another message.
    hash.update(`${role} ${content.length} ${rest.length}\n`).update(content).update(rest);
  }
  return lengths.map((length) => found.get(Math.min(length, messages.length)) ?? hash.copy().digest('hex'));
}
