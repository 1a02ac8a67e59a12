import { describe, expect, it } from 'vitest';
import { readOptions } from '../../src/wire/call-options.js';
import { chatRequest, readRequest, refuseUnsupported } from '../../src/wire/requests.js';

describe('options of a call', () => {
  it('has the defaults of Ollama', () => {
    expect(readOptions(undefined)).toEqual({
      sampling: {
        temperature: 0.8,
        topK: 40,
        topP: 0.9,
        minP: 0,
        seed: null,
        stop: [],
        repeatPenalty: 1,
        repeatLastTokens: 64,
      },
      maxTokens: null,
      contextTokens: null,
      unknown: [],
    });
  });

  it('takes over what is given and names what has no effect', () => {
    const read = readOptions({ temperature: 0, seed: 7, stop: 'x', num_predict: 5, num_ctx: 512, mirostat: 1 });
    expect(read).toMatchObject({
      sampling: { temperature: 0, seed: 7, stop: ['x'] },
      maxTokens: 5,
      contextTokens: 512,
      unknown: ['mirostat'],
    });
  });

  it('ends only where the context does when num_predict is not positive', () => {
    expect(readOptions({ num_predict: -1 }).maxTokens).toBeNull();
    expect(readOptions({ num_predict: -2 }).maxTokens).toBeNull();
  });

  it.each([
    [{ temperature: 'hot' }],
    [{ top_k: 1.5 }],
    [{ top_p: 2 }],
    [{ stop: [1] }],
    [{ num_ctx: 0 }],
    [{ seed: 'x' }],
  ])('refuses %j', (options) => {
    expect(() => readRequest(chatRequest, { model: 'x', options })).toThrowError(
      expect.objectContaining({ code: 'invalid-request' }),
    );
  });
});

describe('what the engine cannot do', () => {
  it.each([
    [{ tools: [{}] }],
    [{ images: ['x'] }],
    [{ suffix: 'x' }],
    [{ think: true }],
    [{ think: 'high' }],
    [{ format: 'json' }],
  ])('is refused: %j', (body) => {
    expect(() => refuseUnsupported('tiny', body)).toThrowError(
      expect.objectContaining({ code: 'invalid-request', model: 'tiny' }),
    );
  });

  it('is not refused where it is switched off', () => {
    refuseUnsupported('tiny', { tools: [], images: [], suffix: '', think: false, format: '' });
    refuseUnsupported('tiny', { tools: null, images: null, suffix: null, think: null, format: null });
  });
});
