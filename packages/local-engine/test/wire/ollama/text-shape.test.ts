import { describe, expect, it } from 'vitest';
import { ollamaText, residencyAnswer } from '../../../src/wire/ollama/text-shape.js';
import { overTheWire, textEnd, textPiece, weatherCall } from '../outcome.js';

const head = { model: 'qwen', now: () => Date.UTC(2026, 10, 30, 12) };
const opening = { model: 'qwen', created_at: '2026-11-30T12:00:00.000Z' };
const metrics = {
  ...{ total_duration: 100_000_000, load_duration: 7_000_000, prompt_eval_count: 30 },
  ...{ prompt_eval_duration: 12_345_679, eval_count: 5, eval_duration: 40_500_000 },
  timings: { cache_n: 20, prompt_n: 10, prompt_ms: 12.346, predicted_n: 5, predicted_ms: 40.5, queue_ms: 3 },
};
const chat = ollamaText({ ...head, route: 'chat' });
const generate = ollamaText({ ...head, route: 'generate' });

describe('answers of /api/chat', () => {
  it('come in pieces with the counts so far', () => {
    expect(chat.begin()).toEqual([]);
    expect(overTheWire(chat.delta(textPiece('Hal')))).toEqual({
      ...opening,
      message: { role: 'assistant', content: 'Hal' },
      ...{ done: false, prompt_eval_count: 30, eval_count: 2 },
    });
  });

  it('have thinking apart from the text', () => {
    expect(chat.delta(textPiece('hm', true))).toMatchObject({
      message: { role: 'assistant', content: '', thinking: 'hm' },
    });
    expect(chat.document({ text: 'yes', thinking: 'hm' }, textEnd())).toMatchObject({
      message: { role: 'assistant', content: 'yes', thinking: 'hm' },
    });
  });

  it('end with one object that has all counts, in nanoseconds', () => {
    expect(overTheWire(chat.end(textEnd()))).toEqual([
      { ...opening, message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', ...metrics },
    ]);
    expect(overTheWire(chat.document({ text: 'Hallo', thinking: '' }, textEnd({ reason: 'length' })))).toEqual({
      ...opening,
      message: { role: 'assistant', content: 'Hallo' },
      ...{ done: true, done_reason: 'length', ...metrics },
    });
  });

  it('ask for tools in the last object, with ids, places and arguments as objects', () => {
    const [last] = chat.end(textEnd({ toolCalls: [weatherCall, { id: 'call_b', name: 'time', arguments: {} }] }));
    expect(overTheWire(last)).toMatchObject({
      message: {
        content: '',
        tool_calls: [
          { id: 'call_a', function: { index: 0, name: 'weather', arguments: { city: 'Wien', days: 2 } } },
          { id: 'call_b', function: { index: 1, name: 'time', arguments: {} } },
        ],
      },
      ...{ done: true, done_reason: 'stop' },
    });
  });

  it('took in all at least as long as their parts', () => {
    const [last] = chat.end(textEnd({}, 1));
    expect(last).toMatchObject({ total_duration: 62_845_679 });
  });
});

describe('answers of /api/generate', () => {
  it('have their text in response', () => {
    expect(overTheWire(generate.delta(textPiece('Hal')))).toEqual({
      ...opening,
      ...{ response: 'Hal', done: false, prompt_eval_count: 30, eval_count: 2 },
    });
    expect(generate.delta(textPiece('hm', true))).toMatchObject({ response: '', thinking: 'hm' });
    expect(overTheWire(generate.document({ text: 'Hallo', thinking: '' }, textEnd()))).toEqual({
      ...opening,
      ...{ response: 'Hallo', done: true, done_reason: 'stop', ...metrics },
    });
  });
});

it('an answer to no prompt says load or unload, without counts', () => {
  expect(residencyAnswer({ ...head, route: 'generate' }, 'load')).toEqual({
    ...opening,
    ...{ response: '', done: true, done_reason: 'load' },
  });
  expect(residencyAnswer({ ...head, route: 'chat' }, 'unload')).toEqual({
    ...opening,
    message: { role: 'assistant', content: '' },
    ...{ done: true, done_reason: 'unload' },
  });
});
