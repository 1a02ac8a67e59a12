import type { Backend, TextEnd, TextRequest } from '../backends/backend.js';
import { ModelPoolError } from '../errors.js';
import type { Clock, DecideResult } from '../types.js';
import { limitTime } from '../waiting/limit-time.js';
import type { AnswerSink } from './answer-sink.js';
import { poolError } from './call-error.js';
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

/** What a call is performed with. */
export interface PerformOptions {
  /** The server. */
  readonly backend: Backend;
  /** What the caller wants. */
  readonly request: CheckedRequest;
  /** The same as a request for text, with its limits of time. */
  readonly text: TextRequest;
  /** Where text and counts go. */
  readonly sink: AnswerSink;
  /** Time. */
  readonly clock: Clock;
}

/** Sends a request to the backend of a model that is ready; text goes into the sink. */
export async function performCall(options: PerformOptions): Promise<Performed> {
  const { backend, request, text, sink } = options;
  switch (request.operation) {
    case 'chat':
    case 'generate':
      return { end: await stream(options, text), embeddings: [], decisions: null };
    case 'embed': {
      const { embeddings, inputTokens } = await atOnce(options, (signal) =>
        backend.embed(text.profile, request.input, signal),
      );
      sink.counts.inputTokens = inputTokens;
      sink.started();
      return { end: null, embeddings, decisions: null };
    }
    case 'decide':
      return decide(options);
  }
}

/** What comes as a whole is read, and not written: it has the time of a first token. */
function atOnce<Value>({ clock, text }: PerformOptions, ask: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
  const { firstTokenMs, signal } = text;
  const late = poolError('first-token-timeout', `no answer came within ${Math.round(firstTokenMs)} ms`, {
    details: { firstTokenMs },
  });
  return limitTime(clock, firstTokenMs, late, signal, ask);
}

async function stream({ backend, sink }: PerformOptions, text: TextRequest): Promise<TextEnd> {
  const end = await backend.stream(text, sink);
  sink.flush();
  return end;
}

/** By the model's probabilities, else by an answer that keeps a schema. */
async function decide(options: PerformOptions): Promise<Performed> {
  const { backend, request, text, sink } = options;
  const { prompt, questions } = request;
  const state = prompt ?? '';
  const { profile } = text;
  try {
    const { answers, inputTokens, outputTokens } = await atOnce(options, (signal) =>
      backend.decide({ profile, state, questions, signal }),
    );
    sink.counts.inputTokens = inputTokens;
    sink.counts.outputTokens = outputTokens;
    sink.started();
    return { end: null, embeddings: [], decisions: { answers, method: 'probabilities' } };
  } catch (error) {
    if (!ModelPoolError.isInstance(error) || error.code !== 'capability-missing') throw error;
  }
  const { system, content, format } = decidePrompt(state, questions);
  const messages = [{ role: 'user', content } as const];
  const asked = { ...text, messages, prompt: null, system, format, temperature: 0, think: false };
  const end = await stream(options, asked);
  return { end, embeddings: [], decisions: { answers: readDecisions(sink.text, questions), method: 'schema' } };
}
