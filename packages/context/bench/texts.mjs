import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const words = 30_000;
const syllables = ['ba', 'co', 'di', 'fe', 'ga', 'ho', 'ki', 'lu', 'me', 'no', 'pa', 'ri', 'se', 'tu', 'va', 'wo'];

/** Numbers in [0, 1) that depend on `seed` alone. */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Texts and questions of the size of chats: true ones from a folder in the format of the evaluation, with rare words mixed in; else words
 * whose frequency falls as 1/rank, as in any language.
 */
export function makeTexts(data, random) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  if (data) {
    const read = (kind) =>
      readdirSync(data)
        .filter((name) => name.startsWith(`${kind}.`) && name.endsWith('.jsonl'))
        .flatMap((name) =>
          readFileSync(join(data, name), 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line)),
        );
    const base = read('conversations').flatMap(({ sessions }) =>
      sessions.flatMap(({ messages }) => messages.map(({ text }) => text.slice(0, 4_000))),
    );
    const questions = read('queries').map(({ text }) => text);
    const text = () => {
      const parts = pick(base).split(' ');
      for (let index = 0; index < 3; index++)
        parts[Math.floor(random() * parts.length)] = word(Math.floor(random() * words));
      return parts.join(' ');
    };
    return { text, question: () => pick(questions) };
  }
  const ranked = () => word(Math.floor(words ** random()) - 1);
  const many = (count) => Array.from({ length: count }, ranked).join(' ');
  return { text: () => many(20 + Math.floor(random() ** 2 * 300)), question: () => many(8) };
}

function word(rank) {
  let text = '';
  for (let rest = rank + 16; rest > 0; rest = Math.floor(rest / 16)) text += syllables[rest % 16];
  return text;
}

/** Value below which the share of the values lies. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
