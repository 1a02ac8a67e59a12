import * as z from 'zod/mini';
import type { Question } from '../../runner/protocol.js';
import { modelName } from '../read-request.js';

/** Text, or JSON that is read as text. */
const content = z.pipe(
  z.union([z.string(), z.array(z.unknown()), z.record(z.string(), z.unknown())]),
  z.transform((value) => (typeof value === 'string' ? value : JSON.stringify(value))),
);
const instructed = content.check(z.refine((text) => text.trim() !== '', 'must not be empty'));
const mostChoices = 256;
const mostGrades = 10;
const mostQuestions = 64;

function hasKeys(value: object, least: number, most: number): boolean {
  const count = Object.keys(value).length;
  return count >= least && count <= most;
}

const question = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('noul'),
    instructions: instructed,
    criteria: z.nullish(z.looseObject({ true: z.nullish(z.string()), false: z.nullish(z.string()) })),
  }),
  z.looseObject({
    type: z.literal('choice'),
    instructions: instructed,
    criteria: z
      .record(z.string(), z.nullable(z.string()))
      .check(z.refine((choices) => hasKeys(choices, 2, mostChoices), `must be 2 to ${mostChoices}`)),
  }),
  z.looseObject({
    type: z.literal('score'),
    instructions: instructed,
    criteria: z.array(z.string()).check(z.minLength(2), z.maxLength(mostGrades)),
  }),
]);

/** Body of `POST /v1/systemone`, as ollama-js 0.6.4 sends it. */
export const systemoneRequest = z.looseObject({
  model: modelName,
  state: content,
  questions: z
    .record(z.string(), question)
    .check(z.refine((questions) => hasKeys(questions, 1, mostQuestions), `must be 1 to ${mostQuestions}`)),
  keep_alive: z.optional(z.unknown()),
});

/** The questions as the child reads them. */
export function toQuestions(questions: z.output<typeof systemoneRequest>['questions']): Record<string, Question> {
  return Object.fromEntries(Object.entries(questions).map(([name, asked]) => [name, toQuestion(asked)]));
}

function toQuestion(asked: z.output<typeof question>): Question {
  const { instructions } = asked;
  switch (asked.type) {
    case 'noul': {
      const { true: yes, false: no } = asked.criteria ?? {};
      return { type: 'noul', instructions, criteria: { true: yes ?? null, false: no ?? null } };
    }
    case 'choice':
      return { type: 'choice', instructions, criteria: asked.criteria };
    case 'score':
      return { type: 'score', instructions, criteria: asked.criteria };
  }
}
