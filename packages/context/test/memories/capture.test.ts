import { expect, it } from 'vitest';
import { capturePins } from '../../src/memories/capture.js';
import { pinLines } from './pin-lines.js';

const lines = Object.entries(pinLines).flatMap(([kind, texts]) =>
  texts.map((text) => ({ kind, text: text as string })),
);

it('has more than 200 lines', () => expect(lines.length).toBeGreaterThanOrEqual(200));

it.each(lines)('reads "$text" as $kind', ({ kind, text }) => {
  expect(capturePins(text).map((pin) => pin.kind)).toEqual(kind === 'nothing' ? [] : [kind]);
});

it('takes the sentence and not the whole message', () => {
  expect(capturePins('That was good.\nAlways sign  it fully\nwith my name.')).toEqual([
    { kind: 'instruction', text: 'Always sign it fully' },
  ]);
  expect(capturePins('Fine! Never use emojis, they distract. Go on.')).toEqual([
    { kind: 'instruction', text: 'Never use emojis, they distract.' },
  ]);
});

it('keeps quoted words of a sentence that is the user’s own', () => {
  expect(capturePins('Never use the word "synergy" in drafts.')).toEqual([
    { kind: 'instruction', text: 'Never use the word "synergy" in drafts.' },
  ]);
});

it('reads the first 600 characters alone, at most four pins, each once, 400 characters long', () => {
  expect(capturePins(`${'Some words here. '.repeat(40)}Always answer in English.`)).toEqual([]);
  expect(capturePins('Never use emojis here. '.repeat(3))).toHaveLength(1);
  expect(
    capturePins(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `Always call file ${name} first.`).join(' ')),
  ).toHaveLength(4);
  expect(capturePins(`Always write ${'very '.repeat(200)}long`)[0]!.text.length).toBeLessThanOrEqual(400);
});
