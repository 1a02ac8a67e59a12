import { estimateTokens } from '../recall/estimate-tokens.js';
import { characterBorder, sentencesOf } from '../recall/sentences.js';
import { findReferences } from './claims.js';

/** A message as an extract sees it. */
export interface ExtractMessage {
  readonly role: 'user' | 'assistant' | 'tool';
  readonly text: string;
}

/** Most tokens of an extract. */
const extractTokens = 200;
/** Share for what the user said; the rest is for what was mentioned. */
const saidShare = 0.6;
/** Only the beginning of a very long message is read. */
const readCharacters = 20_000;

const errorLine = /^.*(?:\B(?:Error|Exception)\b|\b(?:error|exception|failed|failure|fatal|panic|traceback)\b).*$/gim;
const taskState =
  /\b([0-9A-HJKMNP-TV-Z]{26})\b[^.\n]{0,40}?\b(queued|ready|running|waiting|done|failed|cancelled|dead)\b/g;
const labelledNumber =
  /(?<![\p{L}\p{M}_-])(\p{L}[\p{L}\p{M}_-]*)(?:\s*[:=]\s*|\s+)(\d+(?:[.,:/]\d+)*(?:%|\p{L}{1,3})?)(?![\p{L}\p{N}_-])/gu;

/**
 * What of a part of a conversation can be said without a model, at once and always alike: the first sentence of each message of the user,
 * then error lines, states of tasks, paths, addresses, ids, and numbers with the word before them. At most 200 tokens.
 */
export function extractText(messages: readonly ExtractMessage[], maxTokens: number = extractTokens): string {
  const read = messages.map(({ role, text }) => ({ role, text: text.slice(0, characterBorder(text, readCharacters)) }));
  const firsts = read.flatMap(({ role, text }) => (role === 'user' ? [firstSentence(text)] : [])).filter(isSaid);
  const said = fitList(
    firsts.map((text) => `User: ${text}`),
    Math.floor(maxTokens * saidShare),
    '\n',
  );
  const lines = said === '' ? [] : [said];
  let left = maxTokens - estimateTokens(said) - 2;
  for (const [label, items, separator] of mentions(read)) {
    const list = takeItems(items, left - estimateTokens(label) - 2, separator);
    if (list === '') continue;
    const line = `${label}: ${list}`;
    left -= estimateTokens(line) + 1;
    lines.push(line);
  }
  return lines.join('\n');
}

type Mention = readonly [label: string, items: readonly string[], separator: string];

function mentions(messages: readonly ExtractMessage[]): Mention[] {
  const text = messages.map((message) => message.text).join('\n');
  const errors = [...text.matchAll(errorLine)].map(([line]) => shortLine(line, 120));
  const states = [...text.matchAll(taskState)].map(([, task, state]) => `${task} ${state}`);
  const references = findReferences(text);
  const numbers = [...text.matchAll(labelledNumber)].map(([, before, value]) => `${before} ${value}`);
  return [
    ['Errors', unique(errors), ' | '],
    ['Tasks', unique(states), ', '],
    ['Mentioned', unique(references), ', '],
    ['Numbers', unique(numbers), ', '],
  ];
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}

function firstSentence(text: string): string {
  const found = sentencesOf(text).find(({ start, end, isCode }) => !isCode && /\p{L}/u.test(text.slice(start, end)));
  return found ? text.slice(found.start, found.end).replace(/\s+/gu, ' ').trim() : '';
}

function isSaid(text: string): boolean {
  return text !== '';
}

/** All items, each only as long as its equal share of the tokens; where even that is too little, the newest ones. */
function fitList(items: readonly string[], maxTokens: number, separator: string): string {
  if (items.length === 0) return '';
  const kept = items.slice(-Math.max(1, Math.floor(maxTokens / 8)));
  const share = Math.floor(maxTokens / kept.length) - 1;
  return kept.map((item) => shorten(item, share)).join(separator);
}

/** Items from the first on, as many as fit. */
function takeItems(items: readonly string[], maxTokens: number, separator: string): string {
  let list = '';
  for (const item of items) {
    const longer = list === '' ? item : `${list}${separator}${item}`;
    if (estimateTokens(longer) > maxTokens) break;
    list = longer;
  }
  return list;
}

function shorten(text: string, maxTokens: number): string {
  if (text.length <= maxTokens * 12 && estimateTokens(text) <= maxTokens) return text;
  // A token has seldom more than 12 characters: what is far too long is not counted again and again.
  let kept = text.slice(0, characterBorder(text, maxTokens * 12));
  while (kept !== '' && estimateTokens(kept) >= maxTokens) {
    const to = characterBorder(kept, Math.floor(kept.length * 0.85));
    kept = kept.slice(0, Math.min(to, kept.length - 1));
  }
  return `${kept.replace(/\s+\S*$/u, '')}…`;
}

function shortLine(line: string, characters: number): string {
  const trimmed = line.trim();
  return trimmed.length <= characters ? trimmed : `${trimmed.slice(0, characterBorder(trimmed, characters))}…`;
}
