import { z } from 'zod';

/** A message that the model has read. */
export interface ReadMessage {
  readonly id: string;
  readonly num: number;
  readonly text: string;
}

/** A suggestion with its source. */
export interface ReadSuggestion {
  readonly kind: 'fact' | 'decision';
  readonly text: string;
  readonly quote: string;
  readonly source: ReadMessage;
  /** Id of a known memory that it corrects, as the model says. */
  readonly replaces: string | null;
}

const mostSuggestions = 5;
const longestText = 300;
const leastQuote = 8;

const answerSchema = z.object({
  memories: z.array(
    z.object({
      kind: z.enum(['fact', 'decision']),
      text: z.string(),
      messageId: z.string(),
      quote: z.string(),
      replaces: z.string().nullish(),
    }),
  ),
});

/** JSON schema of the answer that {@link readSuggestions} reads. */
export const suggestionFormat = z.toJSONSchema(answerSchema, { io: 'input' });

/**
 * Reads what a model suggests. A suggestion without its words in the message that it names, word for word, is dropped, as is everything that
 * is no such list: a model invents, and what it invents is never kept.
 */
export function readSuggestions(answer: string, messages: readonly ReadMessage[]): ReadSuggestion[] {
  const parsed = answerSchema.safeParse(parseJson(answer));
  if (!parsed.success) return [];
  const byId = new Map(messages.map((message) => [message.id, message]));
  const found: ReadSuggestion[] = [];
  for (const { kind, text, messageId, quote, replaces } of parsed.data.memories) {
    const source = byId.get(messageId);
    const said = quote.trim();
    const words = text.trim().replaceAll(/\s+/g, ' ');
    if (!source || said.length < leastQuote || !source.text.includes(said)) continue;
    if (words === '' || words.length > longestText) continue;
    found.push({ kind, text: words, quote: said, source, replaces: replaces ?? null });
    if (found.length === mostSuggestions) break;
  }
  return found;
}

function parseJson(text: string): unknown {
  const from = text.indexOf('{');
  const to = text.lastIndexOf('}');
  if (from < 0 || to < from) return null;
  try {
    return JSON.parse(text.slice(from, to + 1));
  } catch {
    return null;
  }
}
