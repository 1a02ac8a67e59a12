import { ollamaErrorBody } from '../wire/ollama/error-body.js';
import { openaiErrorBody } from '../wire/openai/error-body.js';

/** What the routes of one API have in common on the wire. */
export interface Api {
  /** `content-type` of a stream. */ readonly streamType: string;
  /** One object of a stream. */
  frame(body: object): string;
  /** What ends a stream that is complete. */ readonly lastFrame: string;
  errorBody(error: unknown, status: number): object;
}

/** Ollama's: one object a line. */
export const ollamaApi: Api = {
  streamType: 'application/x-ndjson',
  frame: (body) => `${JSON.stringify(body)}\n`,
  lastFrame: '',
  errorBody: ollamaErrorBody,
};

/** OpenAI's, and llama-server's: server-sent events. */
export const openaiApi: Api = {
  streamType: 'text/event-stream; charset=utf-8',
  frame: (body) => `data: ${JSON.stringify(body)}\n\n`,
  lastFrame: 'data: [DONE]\n\n',
  errorBody: openaiErrorBody,
};
