import { join } from 'node:path';
import { temporaryFolder } from '@tale/test-kit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { validate } from '../../../src/format/validate.js';
import { withExactNumbers } from '../../../src/runner/child/format.js';
import type { AnswerFormat } from '../../../src/runner/protocol.js';
import { writeTinyGguf } from '../../../src/testing/index.js';
import { twoHundredSchemas } from '../../format/schemas.js';
import { chatCall, greedy, type TestChild, testChild } from './test-child.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let child: TestChild;
const schemaOf = (schema: object): AnswerFormat => ({ kind: 'schema', schema: schema as Record<string, unknown> });

beforeAll(async () => {
  folder = await temporaryFolder();
  const modelPath = join(folder.path, 'tiny.gguf');
  await writeTinyGguf(modelPath);
  child = testChild();
  await child.load(modelPath, { contextTokens: 2_048 });
});
afterAll(() => folder[Symbol.asyncDispose]());

describe('an answer with a shape', () => {
  it('fits its schema, for each of two hundred schemas', async () => {
    const unlike: unknown[] = [];
    let whole = 0;
    for (const [seed, schema] of twoHundredSchemas().entries()) {
      const sampling = { ...greedy, temperature: 1, seed };
      const format = schemaOf(typeof schema === 'boolean' ? {} : schema);
      const { text, result } = await child.ask(chatCall({ maxTokens: 400, sampling, format }));
      if (result.reason === 'length') continue;
      whole++;
      const violations = validate(schema, JSON.parse(text));
      if (violations.length > 0) unlike.push({ schema, text, violations });
    }
    expect(unlike).toEqual([]);
    expect(whole).toBeGreaterThanOrEqual(190); // a few may be cut off by the number of tokens
  });

  it('is any object where only JSON is asked for, and comes without the marks that end a grammar', async () => {
    const { text, messages } = await child.ask(
      chatCall({ format: { kind: 'json' }, sampling: { ...greedy, temperature: 1 } }),
    );
    const pieces = messages.flatMap((each) => (each.type === 'delta' ? [each.text] : []));
    expect(pieces.join('')).toBe(text);
    expect(text).toBe(text.trim());
    expect(pieces.length).toBeGreaterThan(1);
  });

  it('is streamed where the grammar holds the whole schema', async () => {
    const format = schemaOf({
      type: 'object',
      properties: { a: { type: 'string' }, b: { type: 'integer', minimum: 1, maximum: 9 } },
    });
    const { text, messages, unenforced } = await child.ask(chatCall({ format }));
    expect(Object.keys(JSON.parse(text))).toEqual(['a', 'b']);
    expect(messages.filter(({ type }) => type === 'delta').length).toBeGreaterThan(5);
    expect(unenforced).toEqual([]);
  });

  it('is made once more where it breaks what no grammar holds, and then says what it still breaks', async () => {
    const format = schemaOf({ type: 'object', properties: { a: { type: 'string', pattern: '^x', minLength: 2 } } });
    const once = await child.ask(
      chatCall({ format: schemaOf({ type: 'object', properties: { a: { type: 'string' } } }) }),
    );
    const { text, messages, unenforced, result } = await child.ask(chatCall({ format }));
    expect(unenforced).toEqual(['pattern']);
    expect(messages.filter(({ type }) => type === 'delta')).toHaveLength(1); // kept until it is checked
    expect(messages.findIndex(({ type }) => type === 'unenforced')).toBeLessThan(
      messages.findIndex(({ type }) => type === 'delta'),
    );
    expect(JSON.parse(text)).toMatchObject({ a: expect.any(String) });
    expect(result.outputTokens).toBeGreaterThan(1.5 * once.result.outputTokens); // both attempts count
    const raw = await child.ask({ kind: 'raw', prompt: 'hello', maxTokens: 60, sampling: greedy, format });
    expect(raw.unenforced).toEqual(['pattern']);
  });

  it('is made once where there is no room to tell what it breaks', async () => {
    const format = schemaOf({ type: 'string', maxLength: 60, pattern: '^x' });
    const messages = [{ role: 'user', content: 'q'.repeat(1_930) } as const];
    const { result, text, unenforced } = await child.ask(
      chatCall({ format, messages, truncate: false, maxTokens: 50 }),
    );
    expect(result.reason).toBe('stop');
    expect(JSON.parse(text)).toContain('hello');
    expect(unenforced).toEqual(['pattern']);
  });

  it('is made once where it happens to keep what no grammar holds', async () => {
    const format = schemaOf({ type: 'object', properties: { a: { type: 'string', pattern: 'hello' } } });
    const { text, unenforced, result } = await child.ask(chatCall({ format }));
    expect(JSON.parse(text).a).toContain('hello');
    expect(unenforced).toEqual([]);
    expect(result.outputTokens).toBeLessThan(40);
  });

  it('is not checked when it was cut off', async () => {
    const format = schemaOf({ type: 'object', properties: { a: { type: 'string', pattern: '^x' } } });
    const { result, unenforced } = await child.ask(chatCall({ format, maxTokens: 6 }));
    expect(result.reason).toBe('length');
    expect(unenforced).toEqual([]);
    const stopped = await child.ask(chatCall({ format, sampling: { ...greedy, stop: ['tiny'] } }));
    expect(stopped.result.reason).toBe('stop');
    expect([stopped.unenforced, stopped.text.includes('hello')]).toEqual([[], true]);
  });

  it('is refused where no grammar can be made of its schema', async () => {
    for (const schema of [{ $ref: 'https://example.org/schema' }, { enum: [] }, { type: 'file' }]) {
      expect((await child.ask(chatCall({ format: schemaOf(schema) }))).end).toMatchObject({ code: 'invalid-format' });
    }
    const tools = [{ name: 'f', description: '', parameters: {} }];
    expect((await child.ask(chatCall({ format: { kind: 'json' }, tools }))).end).toMatchObject({ type: 'failure' });
  });
});

it('the numbers of a grammar are integers, and numbers, that JSON and a double hold', () => {
  const before = 'root ::= integer-number-rule\ninteger-number-rule ::= "-"? [0-9] ([eE] [0-9])?\nother ::= "a"';
  expect(withExactNumbers(before)).toBe(
    'root ::= integer-number-rule\ninteger-number-rule ::= "-"? ("0" | [1-9] [0-9]{0,14})\nother ::= "a"',
  );
});
