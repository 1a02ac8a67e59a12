import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const words = 30_000;
/** The most frequent words of a language carry no content; questions hold them too, and searches leave them out. */
const functionWords =
  `the of and to a in is that it was for on are as with he be at one have this from or had by not but some what there we can out other were
  all your when up use how said an each she which do their time if will way about many then them would like so these her long make see him
  two has look more day could go come did no most my over know than call first who may down side been now find any new work part take get
  place made where after back little only round year came show every good me give our under very just`.split(/\s+/);
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
 * Texts and questions of the size of chats: true ones from a folder in the format of the evaluation, with rare words mixed in; else
 * sentences of words whose frequency falls as 1/rank, the first of them without content, as in any language.
 */
export function makeTexts(data, random) {
  return data ? trueTexts(data, random) : madeTexts(random);
}

function trueTexts(data, random) {
  const pick = (list) => list[Math.floor(random() * list.length)];
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

function madeTexts(random) {
  const ranked = () => {
    const rank = Math.floor(words ** random()) - 1;
    return functionWords[rank] ?? word(rank);
  };
  const text = () => {
    const topic = Array.from({ length: 16 }, ranked); // a text says the same words again
    const next = () => (random() < 0.3 ? topic[Math.floor(random() * topic.length)] : ranked());
    const sentences = [];
    for (let left = 10 + Math.floor(random() ** 4 * 550); left > 0; ) {
      const length = Math.min(left, 6 + Math.floor(random() * 18));
      sentences.push(`${asSentence(Array.from({ length }, next))}.`);
      left -= length;
    }
    return sentences.join(' ');
  };
  return { text, question: () => `${asSentence(Array.from({ length: 14 }, ranked))}?` };
}

function asSentence(parts) {
  const text = parts.join(' ');
  return `${text[0].toUpperCase()}${text.slice(1)}`;
}

function word(rank) {
  let text = '';
  for (let rest = rank + 256; rest > 0; rest = Math.floor(rest / 16)) text += syllables[rest % 16];
  return text;
}

/** Value below which the share of the values lies. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
