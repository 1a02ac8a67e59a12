import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { estimateTokens } from '../../src/recall/estimate-tokens.js';
import { findClaims, numbersOf } from '../../src/summaries/claims.js';
import { type ExtractMessage, extractText } from '../../src/summaries/extract.js';

const conversation: readonly ExtractMessage[] = [
  { role: 'user', text: 'Please fix the login page. It breaks on Safari 17.' },
  { role: 'assistant', text: 'I changed src/login/form.tsx, see https://example.com/pull/12. The timeout is 30 s.' },
  { role: 'tool', text: 'running\nTypeError: cannot read property of undefined\nexit code 1' },
  { role: 'user', text: '```\nconst a = 1;\n```\nWhy does the test fail? It passed before.' },
  { role: 'assistant', text: 'Task 01J5X3Y9ZK8Q7W6V5T4S3R2Q1P is failed now; issue LOGIN-7 tells why.' },
];

describe('an extract', () => {
  it('holds the first sentence of the user, errors, states, places and numbers', () => {
    expect(extractText(conversation)).toBe(
      [
        'User: Please fix the login page.',
        'User: Why does the test fail?',
        'Errors: TypeError: cannot read property of undefined | Task 01J5X3Y9ZK8Q7W6V5T4S3R2Q1P is failed now; issue LOGIN-7 tells why.',
        'Tasks: 01J5X3Y9ZK8Q7W6V5T4S3R2Q1P failed',
        'Mentioned: src/login/form.tsx, https://example.com/pull/12, 01J5X3Y9ZK8Q7W6V5T4S3R2Q1P, LOGIN-7',
        'Numbers: Safari 17, is 30, code 1, a 1',
      ].join('\n'),
    );
  });

  it('of nothing is empty', () => {
    expect(extractText([])).toBe('');
    expect(extractText([{ role: 'assistant', text: 'Well.' }])).toBe('');
  });

  it('never takes more than its tokens, and is always alike', () => {
    const word = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.constantFrom('error 5', 'src/a/b.ts', '漢字', '1,234', '. ', '\n', '```\n'),
    );
    const messages = fc.array(
      fc.record({
        role: fc.constantFrom('user' as const, 'assistant' as const, 'tool' as const),
        text: fc.array(word, { maxLength: 60 }).map((words) => words.join(' ')),
      }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(messages, fc.integer({ min: 24, max: 200 }), (list, maxTokens) => {
        const text = extractText(list, maxTokens);
        expect(estimateTokens(text)).toBeLessThanOrEqual(maxTokens);
        expect(extractText(list, maxTokens)).toBe(text);
      }),
      { numRuns: 300 },
    );
  });

  it('states no number that its source does not hold', () => {
    const source = conversation.map(({ text }) => text).join('\n');
    const known = numbersOf(source);
    expect(findClaims(extractText(conversation)).numbers.filter((number) => !known.has(number))).toEqual([]);
  });

  it('of 16 long messages and a megabyte of output takes little time', () => {
    const long = Array.from({ length: 16 }, (_, index) => ({
      role: 'user' as const,
      text: `Question ${index} about the plan. `.repeat(2_000),
    }));
    const from = process.cpuUsage();
    extractText([...long, { role: 'tool', text: 'error: x '.repeat(120_000) }]);
    const runs = ['a', 'a-', 'é', 'a.', '1', '/', '[', ' ', '\n'];
    extractText(runs.map((text) => ({ role: 'user', text: text.repeat(20_000) })));
    expect(process.cpuUsage(from).user / 1_000).toBeLessThan(1_500); // Minutes, if a pattern takes the square of a run.
  });
});
