import { type CallRequest, type CallResult, ModelPoolError } from '@tale/model-pool';
import { expect, it } from 'vitest';
import { smallModelWriter } from '../../src/ux-agent/small-model-writer.js';

const messages = [{ role: 'user', content: 'Sum it up.' }] as const;
const { signal } = new AbortController();

it('asks the small model and says whether its text is complete', async () => {
  const asked: CallRequest[] = [];
  const ends = ['stop', 'length'] as const;
  const generate = async (request: CallRequest) => {
    asked.push(request);
    return { text: 'short', end: { finishReason: ends[asked.length - 1] } } as CallResult;
  };
  const write = smallModelWriter({ generate });
  const format = { type: 'object' };
  expect(await write({ purpose: 'summary', messages, maxTokens: 200 }, { signal })).toEqual({
    text: 'short',
    complete: true,
  });
  expect(await write({ purpose: 'memory', messages, maxTokens: 9, format }, { signal })).toMatchObject({
    complete: false,
  });
  expect(asked).toMatchObject([
    { role: 'ux', maxOutputTokens: 200, temperature: 0, labels: { purpose: 'summary' } },
    { role: 'ux', maxOutputTokens: 9, format, labels: { purpose: 'other' } },
  ]);
});

it('says why there is no text, without what the model had written by then', async () => {
  const failure = Object.assign(new ModelPoolError('stalled', 'it stalled', { retryable: true }), {
    partialText: 'a secret of somebody',
  });
  const write = smallModelWriter({ generate: () => Promise.reject(failure) });
  const error: unknown = await write({ purpose: 'summary', messages, maxTokens: 9 }, { signal }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: 'stalled', message: 'it stalled', retryable: true });
  expect(JSON.stringify([error, (error as Error).cause])).not.toContain('secret');
});

it('ends with the reason of its signal', async () => {
  const controller = new AbortController();
  const generate = () => {
    controller.abort(new Error('enough'));
    return Promise.reject(new Error('cut'));
  };
  const write = smallModelWriter({ generate });
  await expect(write({ purpose: 'summary', messages, maxTokens: 9 }, { signal: controller.signal })).rejects.toThrow(
    'enough',
  );
});
