import * as z from 'zod/mini';
import { poolError } from '../../calls/call-error.js';
import { ModelPoolError } from '../../errors.js';
import type { DecideAnswer, DecideQuestion, JsonObject } from '../../types.js';
import type { DecideCall, DecideEnd } from '../backend.js';
import { readCount } from '../read-count.js';

const share = z.number().check(z.gte(0), z.lte(1));
const shares = z.record(z.string(), share);

const answerSchema = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('noul'), noul: share }),
  z.looseObject({ type: z.literal('choice'), choice: z.string(), probabilities: shares, confidence: share }),
  z.looseObject({ type: z.literal('score'), score: z.number(), probabilities: shares, confidence: share }),
]);

/** Answers of `POST /v1/systemone`; one that is missing or of another type is a `stream-broken`. */
export function readAnswers(answer: JsonObject, questions: Readonly<Record<string, DecideQuestion>>): DecideEnd {
  const given = (answer.answers ?? {}) as JsonObject;
  const answers: Record<string, DecideAnswer> = {};
  for (const [name, { type }] of Object.entries(questions)) {
    const parsed = answerSchema.safeParse(Object.hasOwn(given, name) ? given[name] : undefined);
    if (!parsed.success || parsed.data.type !== type) {
      throw poolError('stream-broken', `the server did not answer the question ${name}`, {
        details: { fault: 'no-answer', question: name },
      });
    }
    answers[name] = parsed.data;
  }
  const usage = (answer.usage ?? {}) as JsonObject;
  return { answers, inputTokens: readCount(usage.input_tokens), outputTokens: readCount(usage.output_tokens) };
}

/** Statuses of a server that has no such route, or whose model cannot. */
const cannot: ReadonlySet<unknown> = new Set([404, 405, 501]);

/**
 * Asks questions by `POST /v1/systemone`. A model that could not answer once is not asked again.
 *
 * @param post - sends the body to the route
 */
export function createDecide(
  post: (body: JsonObject, call: DecideCall) => Promise<JsonObject>,
): (call: DecideCall) => Promise<DecideEnd> {
  const unable = new Set<string>();
  return async (call) => {
    const { profile, state, questions } = call;
    const { model } = profile;
    const missing = () => poolError('capability-missing', `the server reads no probabilities off ${model}`);
    if (unable.has(model)) throw missing();
    try {
      const body = { model, state, questions: questions as unknown as JsonObject };
      return readAnswers(await post(body, call), questions);
    } catch (error) {
      if (!ModelPoolError.isInstance(error)) throw error;
      // A 404 for a missing model says so.
      if (error.code === 'model-missing' || !(error.code === 'capability-missing' || cannot.has(error.details.status)))
        throw error;
      unable.add(model);
      throw missing();
    }
  };
}
