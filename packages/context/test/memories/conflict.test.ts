import { expect, it } from 'vitest';
import { findConflict, subjectOf } from '../../src/memories/conflict.js';
import { readSuggestions } from '../../src/memories/read-suggestions.js';
import { suggestionPrompt, suggestionSegments } from '../../src/memories/suggestion-prompt.js';

const conflict = (added: string, known: string, kind = 'preference', knownKind = kind) =>
  findConflict({ kind, project: null, text: added }, [{ id: 'old', kind: knownKind, project: null, text: known }]);

it.each<[string, string, 'duplicate' | 'supersedes' | 'nothing']>([
  ['I prefer tea.', 'i prefer TEA', 'duplicate'],
  ['Never use tabs.', 'Always use tabs.', 'supersedes'],
  ['I hate mushrooms', 'I like mushrooms', 'supersedes'],
  ['My favourite editor is Emacs', 'My favourite editor is Vim', 'nothing'],
  ['The deadline of the report is Friday', 'The deadline of the report is Monday', 'supersedes'],
  [
    'Always include version numbers when I ask about libraries',
    'Always include dates when I ask about libraries',
    'nothing',
  ],
  ['I prefer Rust for scripts', 'I prefer Python for scripts', 'nothing'],
  ['Always answer in English', 'Always use metric units', 'nothing'],
  ['Always', 'Never', 'nothing'],
])('"%s" after "%s": %s', (added, known, expected) => {
  const { duplicateOf, supersedes } = conflict(added, known);
  expect(duplicateOf ? 'duplicate' : supersedes.length > 0 ? 'supersedes' : 'nothing').toBe(expected);
});

it('compares memories of one kind and one project alone', () => {
  expect(conflict('Never use tabs', 'Always use tabs', 'instruction', 'preference')).toEqual({
    duplicateOf: null,
    supersedes: [],
  });
  const other = [{ id: 'old', kind: 'fact', project: 'b', text: 'same words' }];
  expect(findConflict({ kind: 'fact', project: 'a', text: 'same words' }, other).duplicateOf).toBeNull();
});

it('leaves words of likes and rules out of a subject', () =>
  expect([...subjectOf('I really always prefer dark roasted coffee')]).toEqual(['dark', 'roast', 'coffe']));

const messages = [{ id: 'm1', num: 1, text: 'My sister Ana lives in Porto since May.' }];
const suggestion = {
  kind: 'fact',
  text: 'His sister lives in Porto.',
  messageId: 'm1',
  quote: 'sister Ana lives in Porto',
};
const answer = (...memories: object[]) => JSON.stringify({ memories });

it.each<[string, string, number]>([
  ['a suggestion with its words', answer(suggestion), 1],
  ['text around the JSON', `Here it is:\n${answer(suggestion)}\nDone.`, 1],
  ['a quote that is not there', answer({ ...suggestion, quote: 'sister Ana lives in Lisbon' }), 0],
  ['a quote in other letters', answer({ ...suggestion, quote: 'Sister ana lives in porto' }), 0],
  ['no quote', answer({ ...suggestion, quote: '' }), 0],
  ['a message that was not read', answer({ ...suggestion, messageId: 'm2' }), 0],
  ['an instruction', answer({ ...suggestion, kind: 'instruction' }), 0],
  ['a text without words', answer({ ...suggestion, text: ' ' }), 0],
  ['a text of 400 characters', answer({ ...suggestion, text: 'x'.repeat(400) }), 0],
  ['six of them', answer(...Array.from({ length: 6 }, () => suggestion)), 5],
  ['no JSON', 'I have no suggestions.', 0],
  ['broken JSON', '{"memories":[{', 0],
  ['something else', '[1,2,3]', 0],
])('reads %s', (_, text, count) => expect(readSuggestions(text, messages)).toHaveLength(count));

it('splits messages into parts of about 2,000 tokens and cuts a huge one', () => {
  const long = Array.from({ length: 10 }, (_, index) => ({ id: `m${index}`, num: index, text: 'word '.repeat(600) }));
  expect(suggestionSegments(long).map((part) => part.length)).toEqual([3, 3, 3, 1]);
  expect(suggestionSegments([{ id: 'm', num: 1, text: 'x'.repeat(50_000) }])[0]![0]!.text).toHaveLength(6_000);
  expect(suggestionSegments([])).toEqual([]);
});

it('hands messages to the model as data in the user’s turn', () => {
  const [system, user] = suggestionPrompt(messages, [{ id: 'k', text: 'known' }]);
  expect(system!.content).not.toContain('Ana');
  expect(JSON.parse(user!.content)).toEqual({
    known: [{ id: 'k', text: 'known' }],
    messages: [{ id: 'm1', text: messages[0]!.text }],
  });
});
