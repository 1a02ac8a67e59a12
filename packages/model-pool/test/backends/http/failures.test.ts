import { describe, expect, it } from 'vitest';
import { failureOfAnswer, failureOfLine, readErrorAnswer } from '../../../src/backends/http/failures.js';
import type { ModelPoolErrorCode } from '../../../src/index.js';

const nowMs = Date.UTC(2026, 0, 1);
const answer = (status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
  failureOfAnswer(
    readErrorAnswer(status, typeof body === 'string' ? body : JSON.stringify(body), (name) => headers[name], nowMs),
  );

const tooLarge = 'model requires more system memory (5.6 GiB) than is available (512.5 MiB)';

describe('an answer that is no success', () => {
  const cases: [string, number, unknown, ModelPoolErrorCode][] = [
    ['Ollama', 404, { error: "model 'x' not found" }, 'model-missing'],
    ['Ollama', 400, { error: 'option "num_ctx" must be of type integer' }, 'configuration'],
    ['Ollama 0.17', 500, { error: 'option "num_ctx" must be of type integer' }, 'configuration'],
    ['Ollama under /v1', 404, { error: { message: "model 'x' not found", type: 'not_found_error' } }, 'model-missing'],
    ['OpenAI', 404, { error: { message: 'The model does not exist', code: 'model_not_found' } }, 'model-missing'],
    [
      'OpenAI',
      400,
      { error: { message: 'too many', code: 'context_length_exceeded', param: 'messages' } },
      'context-too-long',
    ],
    ['OpenAI', 400, { error: { message: 'no', code: 'unsupported_parameter', param: 'tools' } }, 'capability-missing'],
    ['OpenAI', 400, { error: { message: 'no', code: 'unsupported_parameter', param: 'logprobs' } }, 'rejected'],
    [
      'OpenAI',
      400,
      { error: { message: 'no', code: 'unsupported_value', param: 'reasoning_effort' } },
      'capability-missing',
    ],
    ['OpenAI', 401, { error: { message: 'Incorrect API key', code: 'invalid_api_key' } }, 'configuration'],
    ['OpenAI', 429, { error: { message: 'slow down', code: 'rate_limit_exceeded' } }, 'overloaded'],
    [
      'OpenAI',
      429,
      { error: { message: 'pay', code: 'insufficient_quota', type: 'insufficient_quota' } },
      'configuration',
    ],
    [
      'llama-server',
      400,
      { error: { code: 400, message: 'the request exceeds', type: 'exceed_context_size_error' } },
      'context-too-long',
    ],
    ['Ollama before 0.30', 500, { error: tooLarge }, 'memory-insufficient'],
    ['Ollama before 0.30 under /v1', 500, { error: { message: tooLarge, type: 'api_error' } }, 'memory-insufficient'],
    [
      'Ollama',
      500,
      { error: 'llama-server reported out-of-memory during startup: cudaMalloc failed: out of memory' },
      'memory-insufficient',
    ],
    ['Ollama', 500, { error: 'llama runner process has terminated: cudaMalloc failed' }, 'load-failed'],
    ['Ollama', 400, { error: tooLarge }, 'rejected'],
    ['local-engine', 500, { error: 'in other words', code: 'insufficient-memory' }, 'memory-insufficient'],
    ['local-engine', 500, { error: 'it died', code: 'runner-crashed' }, 'load-failed'],
    ['llama-server', 503, { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } }, 'overloaded'],
    [
      'llama-server',
      501,
      { error: { code: 501, message: 'start it with --embeddings', type: 'not_supported_error' } },
      'capability-missing',
    ],
    [
      'llama-server',
      500,
      { error: { code: 500, message: 'tools param requires --jinja flag', type: 'server_error' } },
      'capability-missing',
    ],
    [
      'llama-server',
      500,
      { error: { code: 500, message: 'input (900 tokens) is too large to process.', type: 'server_error' } },
      'context-too-long',
    ],
    [
      'llama-server',
      404,
      { error: { code: 404, message: 'File Not Found', type: 'not_found_error' } },
      'configuration',
    ],
    [
      'vLLM',
      404,
      { error: { message: 'The model `x` does not exist.', type: 'NotFoundError', code: 404 } },
      'model-missing',
    ],
    [
      'older vLLM',
      404,
      { object: 'error', message: 'The model `x` does not exist.', type: 'NotFoundError' },
      'model-missing',
    ],
    [
      'vLLM',
      400,
      {
        error: {
          message: "This model's maximum context length is 4096 tokens. However, you requested 5000",
          type: 'BadRequestError',
          code: 400,
        },
      },
      'context-too-long',
    ],
    [
      'vLLM',
      400,
      { error: { message: '"auto" tool choice requires --enable-auto-tool-choice', type: 'BadRequestError' } },
      'capability-missing',
    ],
    [
      'LM Studio',
      400,
      { error: 'The number of tokens to keep from the initial prompt is greater than the context length' },
      'context-too-long',
    ],
    ['LM Studio', 400, { error: 'Trying to keep the first 9 tokens when context the overflows.' }, 'context-too-long'],
    ['a proxy', 502, '<html>Bad Gateway</html>', 'backend-down'],
    ['a proxy', 400, { detail: 'no' }, 'rejected'],
    ['FastAPI', 422, { detail: [{ loc: ['body'] }] }, 'rejected'],
    ['anybody', 418, '', 'rejected'],
  ];
  for (const [who, status, body, code] of cases)
    it(`${status} of ${who} ${JSON.stringify(body).slice(0, 90)} is ${code}`, () =>
      expect(answer(status, body)).toMatchObject({ code, details: { status } }));

  it('carries the names, the blamed part and the sizes as facts', () => {
    const error = {
      message: 'too long',
      code: 400,
      type: 'exceed_context_size_error',
      n_prompt_tokens: 900,
      n_ctx: 512,
    };
    expect(answer(400, { error }).details).toEqual({
      status: 400,
      names: ['exceed_context_size_error'],
      promptTokens: 900,
      contextTokens: 512,
    });
    const blamed = { message: 'no', code: 'unknown_parameter', type: 'invalid_request_error', param: 'x' };
    expect(answer(400, { error: blamed }).details).toEqual({
      status: 400,
      names: ['unknown_parameter', 'invalid_request_error'],
      param: 'x',
    });
  });

  it('carries the sizes of a model that is too large, from fields or from words', () => {
    const gibibyte = 2 ** 30;
    expect(answer(500, { error: tooLarge }).details).toEqual({
      ...{ status: 500, needBytes: Math.round(5.6 * gibibyte), availableBytes: 512.5 * 2 ** 20 },
    });
    const fields = { code: 'insufficient-memory', retryable: true, needed_bytes: 6_000_000_001, available_bytes: 7 };
    expect(answer(500, { error: tooLarge, ...fields }).details).toEqual({
      ...{ status: 500, names: ['insufficient-memory'], needBytes: 6_000_000_001, availableBytes: 7 },
    });
  });

  it('has a message, whatever its body', () => {
    expect(answer(500, { error: { message: 'm' } }).message).toBe('m');
    expect(answer(500, { error: { detail: 1 } }).message).toBe('{"detail":1}');
    expect(answer(500, { message: 'top' }).message).toBe('top');
    expect(answer(500, 'plain').message).toBe('plain');
    expect(answer(500, '').message).toBe('the server answered 500');
    expect(answer(500, { error: null }).message).toBe('the server answered 500');
    expect(answer(500, 'x'.repeat(9_000)).message).toHaveLength(500);
  });

  it('says when to come again, in ms where it is told in ms', () => {
    expect(answer(429, '', { 'retry-after': '2' }).retryAfterMs).toBe(2_000);
    expect(answer(429, '', { 'retry-after': '9', 'retry-after-ms': '250' }).retryAfterMs).toBe(250);
    expect(answer(429, '', { 'retry-after-ms': 'soon', 'retry-after': '1' }).retryAfterMs).toBe(1_000);
    expect(answer(429, '').retryAfterMs).toBeNull();
    expect(answer(429, '', { 'retry-after': new Date(nowMs + 4_000).toUTCString() }).retryAfterMs).toBe(4_000);
  });
});

describe('an error in a stream', () => {
  it('is a broken stream after text, and what its status or its words say before', () => {
    expect(failureOfLine({ message: 'x', code: 503 }, true).code).toBe('stream-broken');
    expect(failureOfLine({ message: 'x', code: 503 }, false).code).toBe('overloaded');
    expect(failureOfLine({ message: 'x', code: 'context_length_exceeded' }, false).code).toBe('context-too-long');
    expect(failureOfLine('server busy, please try again', false).code).toBe('overloaded');
    expect(failureOfLine('it died', false).code).toBe('load-failed');
    expect(failureOfLine(tooLarge, false)).toMatchObject({ code: 'memory-insufficient', retryable: true });
    expect(failureOfLine(tooLarge, true).code).toBe('stream-broken');
    expect(failureOfLine({ message: 'x', code: 7 }, false).code).toBe('load-failed');
  });
});
