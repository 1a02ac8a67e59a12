import type { DecideAnswer, DecideQuestion, JsonObject } from '../types.js';
import { poolError } from './call-error.js';

type Questions = Readonly<Record<string, DecideQuestion>>;

/** Questions as a request for text that keeps a schema, for a server that reads no probabilities off its models. */
export interface DecidePrompt {
  /** What the model is told. */
  readonly system: string;
  /** The text that is asked about. */
  readonly content: string;
  /** Shape of the answer: one property per question. */
  readonly format: JsonObject;
}

function describe(name: string, question: DecideQuestion): string {
  const { instructions } = question;
  switch (question.type) {
    case 'noul': {
      const { true: yes = 'yes', false: no = 'no' } = question.criteria ?? {};
      return `${name}: ${instructions} true = ${yes}; false = ${no}.`;
    }
    case 'choice': {
      const choices = Object.entries(question.criteria).map(([key, meaning]) => `${key} = ${meaning ?? key}`);
      return `${name}: ${instructions} One of: ${choices.join('; ')}.`;
    }
    case 'score': {
      const grades = question.criteria.map((meaning, grade) => `${grade} = ${meaning}`);
      return `${name}: ${instructions} A grade: ${grades.join('; ')}.`;
    }
  }
}

function schemaOf(question: DecideQuestion): JsonObject {
  if (question.type === 'noul') return { type: 'boolean' };
  if (question.type === 'choice') return { type: 'string', enum: Object.keys(question.criteria) };
  return { type: 'integer', enum: question.criteria.map((_, grade) => grade) };
}

/** The request for text. */
export function decidePrompt(state: string, questions: Questions): DecidePrompt {
  const entries = Object.entries(questions);
  const lines = entries.map(([name, question]) => describe(name, question));
  return {
    system: `Answer these questions about the text that follows, as JSON.\n${lines.join('\n')}`,
    content: state,
    format: {
      type: 'object',
      properties: Object.fromEntries(entries.map(([name, question]) => [name, schemaOf(question)])),
      required: entries.map(([name]) => name),
      additionalProperties: false,
    },
  };
}

/** All of the probability on one key. */
const certain = (keys: readonly string[], chosen: string) =>
  Object.fromEntries(keys.map((key) => [key, key === chosen ? 1 : 0]));

function readAnswer(question: DecideQuestion, value: unknown): DecideAnswer | null {
  if (question.type === 'noul') return typeof value === 'boolean' ? { type: 'noul', noul: value ? 1 : 0 } : null;
  if (question.type === 'choice') {
    const choices = Object.keys(question.criteria);
    if (typeof value !== 'string' || !choices.includes(value)) return null;
    return { type: 'choice', choice: value, probabilities: certain(choices, value), confidence: 1 };
  }
  const grades = question.criteria.map((_, grade) => String(grade));
  if (typeof value !== 'number' || !grades.includes(String(value))) return null;
  return { type: 'score', score: value, probabilities: certain(grades, String(value)), confidence: 1 };
}

/** Reads the answer of a request for text. @throws ModelPoolError `stream-broken` where it does not keep the schema */
export function readDecisions(text: string, questions: Questions): Readonly<Record<string, DecideAnswer>> {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {}
  const answers: Record<string, DecideAnswer> = {};
  for (const [name, question] of Object.entries(questions)) {
    const value = given !== null && typeof given === 'object' ? (given as Record<string, unknown>)[name] : undefined;
    const answer = readAnswer(question, value);
    if (answer === null) {
      throw poolError('stream-broken', `the model did not answer the question ${name}`, {
        details: { fault: 'no-answer', question: name },
      });
    }
    answers[name] = answer;
  }
  return answers;
}
