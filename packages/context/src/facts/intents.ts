import { type FactLanguage, intentPatterns } from './patterns.js';
import type { FactIntent } from './types.js';

/** A question of the closed list. */
export interface FactQuestion {
  readonly intent: FactIntent;
  readonly language: FactLanguage;
  /** What "what did I say about …" is about, `null` for the others. */
  readonly topic: string | null;
  /** Beginning of a task's id as it stands in the question, in upper case, `null` for the others. */
  readonly idPrefix: string | null;
}

const longestQuestion = 200;
/** Topics that are no topic: they belong to a longer question than the list holds. */
const emptyTopic = /^(?:it|this|that|das|es|ça|cela|eso|esto)$/i;

/**
 * Finds out whether a text asks for something that rows can answer. Whole phrases in English, German, French and Spanish; every other text,
 * however alike, is `null` and goes to a model.
 */
export function readQuestion(text: string): FactQuestion | null {
  if (text.length > longestQuestion || /[\n`]/.test(text.trim())) return null;
  const plain = text
    .normalize('NFC')
    .replaceAll(/[?!.…¿¡]+(?=\s|$)|[¿¡]/g, ' ')
    .replaceAll(/\s*,\s*/g, ', ')
    .replaceAll(/\s+/g, ' ')
    .replace(/^[\s,–—-]+|[\s,;:–—-]+$/g, '')
    .replaceAll(/, (?=(?:please|bitte|stp|svp|s['’]il|por favor|thanks|danke|merci|gracias)\b)/gi, ' ');
  for (const { intent, language, pattern } of intentPatterns) {
    const groups = pattern.exec(plain)?.groups;
    if (!groups) {
      if (pattern.test(plain)) return { intent, language, topic: null, idPrefix: null };
      continue;
    }
    const topic = groups['topic']?.trim() ?? null;
    if (topic !== null && emptyTopic.test(topic)) return null;
    return { intent, language, topic, idPrefix: groups['id']?.toUpperCase() ?? null };
  }
  return null;
}
