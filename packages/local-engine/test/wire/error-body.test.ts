import { expect, it } from 'vitest';
import { LocalEngineError } from '../../src/errors.js';
import { ollamaErrorBody } from '../../src/wire/ollama/error-body.js';
import { openaiErrorBody } from '../../src/wire/openai/error-body.js';

const missing = new LocalEngineError('model-not-found', "model 'x' not found", { model: 'x' });
const full = new LocalEngineError('insufficient-memory', 'too large', {
  ...{ neededBytes: 9, availableBytes: 5, retryable: true },
});

it('an error as Ollama writes it, with code and facts', () => {
  expect(ollamaErrorBody(missing)).toEqual({ error: "model 'x' not found", code: 'model-not-found', retryable: false });
  expect(ollamaErrorBody(full)).toEqual({
    ...{ error: 'too large', code: 'insufficient-memory', retryable: true, needed_bytes: 9, available_bytes: 5 },
  });
  expect(ollamaErrorBody(new Error('odd'))).toEqual({ error: 'odd' });
  expect(ollamaErrorBody('odd')).toEqual({ error: 'odd' });
});

it('an error as OpenAI writes it', () => {
  expect(openaiErrorBody(missing, 404)).toEqual({
    error: {
      ...{ message: "model 'x' not found", type: 'not_found_error', param: null },
      ...{ code: 'model-not-found', retryable: false },
    },
  });
  expect(openaiErrorBody(new Error('odd'), 500)).toEqual({
    error: { message: 'odd', type: 'api_error', param: null, code: null },
  });
});

it.each([
  [400, 'invalid_request_error'],
  [401, 'api_error'],
  [404, 'not_found_error'],
  [413, 'invalid_request_error'],
  [415, 'invalid_request_error'],
  [500, 'api_error'],
  [503, 'api_error'],
])('status %d is of the type %s', (status, type) => {
  expect(openaiErrorBody(missing, status)).toMatchObject({ error: { type } });
});
