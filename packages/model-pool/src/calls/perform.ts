import type { Backend, TextEnd, TextRequest } from '../backends/backend.js';
import { ModelPoolError } from '../errors.js';
import type { DecideResult } from '../types.js';
import type { AnswerSink } from './answer-sink.js';
import type { CheckedRequest } from './checked-request.js';
import { decidePrompt, readDecisions } from './decide-schema.js';

/** What a server gave beside the text. */
export interface Performed {
  /** How the answer ended; `null` where no text was asked for. */
  readonly end: TextEnd | null;
  /** Vectors, where they were asked for. */
  readonly embeddings: readonly (readonly number[])[];
  /** Answers, where questions were asked. */
  readonly decisions: Pick<DecideResult, 'answers' | 'method'> | null;
}

/** Before the server answered. */
export const nothingPerformed: Performed = { end: null, embeddings: [], decisions: null };

/** Sends a request to the backend of a model that is ready; text goes into the sink. */
export async function performCall(
  backend: Backend,
  request: CheckedRequest,
  text: TextRequest,
  sink: AnswerSink,
): Promise<Performed> {
  switch (request.operation) {
    case 'chat':
    case 'generate':
      return { end: await stream(backend, text, sink), embeddings: [], decisions: null };
    case 'embed': {
      const { embeddings, inputTokens } = await backend.embed(text.profile, request.input, text.signal);
      sink.counts.inputTokens = inputTokens;
      sink.started();
      return { end: null, embeddings, decisions: null };
    }
    case 'decide':
      return decide(backend, request, text, sink);
  }
}

async function stream(backend: Backend, text: TextRequest, sink: AnswerSink): Promise<TextEnd> {
  const end = await backend.stream(text, sink);
  sink.flush();
  return end;
}

/** By the model's probabilities, else by an answer that keeps a schema. */
async function decide(
  backend: Backend,
  { prompt, questions }: CheckedRequest,
  text: TextRequest,
  sink: AnswerSink,
): Promise<Performed> {
  const state = prompt ?? '';
  const { profile, signal } = text;
  try {
    const { answers, inputTokens, outputTokens } = await backend.decide({ profile, state, questions, signal });
    sink.counts.inputTokens = inputTokens;
    sink.counts.outputTokens = outputTokens;
    sink.started();
    return { end: null, embeddings: [], decisions: { answers, method: 'probabilities' } };
  } catch (error) {
    if (!ModelPoolError.isInstance(error) || error.code !== 'capability-missing') throw error;
  }
  const { system, content, format } = decidePrompt(state, questions);
  const messages = [{ role: 'user', content } as const];
  const end = await stream(
    backend,
    { ...text, messages, prompt: null, system, format, temperature: 0, think: false },
    sink,
  );
  return { end, embeddings: [], decisions: { answers: readDecisions(sink.text, questions), method: 'schema' } };
}
