import { describe, expect, it } from 'vitest';
import { toErrorEnvelope } from '../src/error-envelope.js';

const plain = { hint: null, source: 'execution-1', retryable: false, retryAfterMs: null, details: {} };

describe('an error as an envelope', () => {
  it('takes the facts of an error that has them', () => {
    const facts = {
      code: 'model-not-found',
      hint: 'pull it',
      source: 'models',
      retryable: true,
      retryAfterMs: 20,
      details: { model: 'a' },
    };
    expect(toErrorEnvelope(Object.assign(new Error('no model'), facts), 'execution-1')).toEqual({
      message: 'no model',
      ...facts,
    });
  });

  it('gives a code to errors without one, and keeps a foreign code as a detail', () => {
    expect(toErrorEnvelope(new TypeError('boom'), 'execution-1')).toEqual({
      ...plain,
      code: 'handler-failed',
      message: 'boom',
    });
    expect(toErrorEnvelope(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), 'execution-1')).toMatchObject({
      code: 'handler-failed',
      details: { code: 'ECONNREFUSED' },
    });
  });

  it('takes any thrown value', () => {
    for (const [thrown, message] of [
      ['text', 'text'],
      [null, 'null'],
      [undefined, 'undefined'],
      [7, '7'],
    ] as const) {
      expect(toErrorEnvelope(thrown, 'execution-1')).toEqual({ ...plain, code: 'handler-failed', message });
    }
  });

  it('leaves out facts of a wrong type and details that are no JSON', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.self = cyclic;
    const wrong = { hint: 1, source: 2, retryable: 'yes', retryAfterMs: -1, details: cyclic };
    expect(toErrorEnvelope(Object.assign(new Error('x'), wrong), 'execution-1')).toMatchObject(plain);
    expect(toErrorEnvelope(Object.assign(new Error('x'), { details: [1] }), 'execution-1').details).toEqual({});
  });

  it('limits and cleans the message', () => {
    expect(toErrorEnvelope(new Error('x'.repeat(20_000)), 's').message).toHaveLength(10_000);
    expect(toErrorEnvelope(new Error('a\u0000b\ud800'), 's').message).toBe('a\ufffdb\ufffd');
  });
});
