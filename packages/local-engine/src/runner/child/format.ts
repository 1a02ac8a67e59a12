import { SchemaError } from '../../format/json-schema.js';
import { normaliseSchema } from '../../format/normalise-schema.js';
import { unenforcedKeywords } from '../../format/unenforced.js';
import { type Violation, validate } from '../../format/validate.js';
import type { AnswerFormat } from '../protocol.js';
import { RunnerFailure } from './failure.js';
import type { Llama, LlamaGrammar } from './llama.js';

/** The shape of an answer, ready to be held to. */
export interface PreparedFormat {
  readonly grammar: LlamaGrammar;
  /** What a value breaks of its schema; `null` where the grammar leaves nothing to be broken. */
  readonly check: ((value: unknown) => Violation[]) | null;
}

/** Makes grammars of formats. */
export interface Formats {
  /** @throws RunnerFailure `invalid-format` */
  prepare(format: AnswerFormat): Promise<PreparedFormat>;
}

const mostKept = 16;

/** The last formats are kept: a caller mostly asks with one schema again and again. */
export function createFormats(llama: Llama): Formats {
  const kept = new Map<string, Promise<PreparedFormat>>();
  return {
    prepare(format) {
      const key = JSON.stringify(format);
      const known = kept.get(key) ?? make(llama, format);
      kept.delete(key);
      kept.set(key, known);
      known.catch(() => kept.delete(key));
      const oldest = kept.keys().next().value;
      if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
      return known;
    },
  };
}

async function make(llama: Llama, format: AnswerFormat): Promise<PreparedFormat> {
  if (format.kind === 'json') return { grammar: await llama.getGrammarFor('json'), check: null };
  const { schema } = format;
  try {
    const { grammar, stopGenerationTriggers } = await llama.createGrammarForJsonSchema(normaliseSchema(schema));
    const exact = withExactNumbers(grammar);
    return {
      grammar: await llama.createGrammar({ grammar: exact, stopGenerationTriggers, trimWhitespaceSuffix: true }),
      check: unenforcedKeywords(schema).length > 0 ? (value) => validate(schema, value) : null,
    };
  } catch (cause) {
    const why = cause instanceof SchemaError ? cause.message : 'no grammar can be made of it';
    throw new RunnerFailure('invalid-format', `invalid format: ${why}`, { cause });
  }
}

const sign = '"-"? ("0" | [1-9] [0-9]{0,14})';
const rules: Readonly<Record<string, string>> = {
  'integer-number-rule': sign,
  'fractional-number-rule': `${sign} ("." [0-9]{1,16})? ([eE] [-+]? ("0" | [1-9] [0-9]?))?`,
};

/**
 * The library's integers may have exponents, so that `1e-5` is one; 16 digits are more than a double holds, and `1e999` is no number.
 *
 * @param grammar GBNF, one rule a line
 */
export function withExactNumbers(grammar: string): string {
  return grammar
    .split('\n')
    .map((line) => {
      const name = line.slice(0, line.indexOf(' ::= '));
      return Object.hasOwn(rules, name) ? `${name} ::= ${rules[name]}` : line;
    })
    .join('\n');
}
