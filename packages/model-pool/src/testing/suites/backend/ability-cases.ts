import assert from 'node:assert/strict';
import type { JsonObject } from '../../../types.js';
import { type BackendCase, capableCase } from './backend-case.js';
import { assertFailure, caseOptions, userMessage } from './shared-requests.js';

const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Tells the weather of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};
const question = 'What is the weather in Paris? Use the tool. [tool get_weather {"city":"Paris"}]';
const messageOf = (line: JsonObject | undefined) => (line?.message ?? {}) as JsonObject;
const joined = (lines: readonly JsonObject[], key: string) => lines.map((line) => messageOf(line)[key] ?? '').join('');

/** Tools, thinking, formats: what a model or an engine may be able to do. */
export const abilityCases: readonly BackendCase[] = [
  capableCase(
    'tools',
    'a call of a tool has an object as its arguments, and the reason of the end is no other one',
    async ({ post, target }) => {
      const { lines, last } = await post('/api/chat', {
        model: target.toolModel,
        messages: userMessage(question),
        tools: [weather],
        think: false,
        options: caseOptions({ num_predict: 200 }),
      });
      const calls = lines.flatMap((line) => (messageOf(line).tool_calls ?? []) as JsonObject[]);
      assert.ok(calls.length > 0, 'no tool was called');
      const called = calls[0]?.function as JsonObject;
      assert.equal(called.name, 'get_weather');
      assert.equal(typeof called.arguments, 'object');
      assert.equal(typeof (called.arguments as JsonObject).city, 'string');
      assert.equal(last.done, true);
      assert.equal(last.done_reason, 'stop');
    },
  ),
  capableCase('tools', 'the answer of a tool is answered with text', async ({ post, target }) => {
    const call = { id: 'call_1', function: { name: 'get_weather', arguments: { city: 'Paris' } } };
    const { status, lines } = await post('/api/chat', {
      model: target.toolModel,
      messages: [
        ...userMessage(question),
        { role: 'assistant', content: '', tool_calls: [call] },
        { role: 'tool', content: 'sunny, 21 degrees', tool_call_id: 'call_1', tool_name: 'get_weather' },
      ],
      tools: [weather],
      think: false,
      options: caseOptions({ num_predict: 40 }),
    });
    assert.equal(status, 200);
    assert.ok(joined(lines, 'content').length > 0);
  }),
  capableCase('plain-model', 'a model that cannot think or call tools says so with a 400', async ({ post, target }) => {
    const body = { model: target.plainModel, messages: userMessage('Say hello.') };
    assertFailure(await post('/api/chat', { ...body, think: true }), 400, /does not support thinking/);
    assertFailure(await post('/api/chat', { ...body, tools: [weather] }), 400, /does not support tools/);
  }),
  capableCase('thinking', 'a model that can think does unless it is told not to', async ({ post, target }) => {
    const ask = async (more: JsonObject) => {
      const { lines } = await post('/api/chat', {
        model: target.thinkingModel,
        messages: userMessage('What is 2 + 2? [think=4] [say four]'),
        options: caseOptions({ num_predict: 400 }),
        ...more,
      });
      return joined(lines, 'thinking');
    };
    assert.ok((await ask({})).length > 0);
    assert.ok((await ask({ think: true })).length > 0);
    assert.equal(await ask({ think: false }), '');
  }),
  capableCase('json', 'an answer in JSON is JSON', async ({ post, target: { model } }) => {
    const messages = userMessage('Name a colour as a JSON object with the key "colour".');
    const options = caseOptions({ num_predict: 200 });
    const { lines } = await post('/api/chat', { model, messages, format: 'json', options, think: false });
    const value: unknown = JSON.parse(joined(lines, 'content'));
    assert.ok(value !== null && typeof value === 'object');
  }),
  capableCase('schema', 'an answer with a schema keeps it', async ({ post, target: { model } }) => {
    const format = {
      type: 'object',
      properties: { mood: { type: 'string', enum: ['good', 'bad'] }, isSure: { type: 'boolean' } },
      required: ['mood', 'isSure'],
      additionalProperties: false,
    };
    const prompt = 'How is the mood of: "What a lovely day"? Answer as JSON.';
    const options = caseOptions({ num_predict: 100 });
    const { lines } = await post('/api/generate', { model, prompt, format, options, think: false });
    const value = JSON.parse(lines.map(({ response }) => response).join('')) as JsonObject;
    assert.deepEqual(Object.keys(value).sort(), ['isSure', 'mood']);
    assert.ok(['good', 'bad'].includes(String(value.mood)));
    assert.equal(typeof value.isSure, 'boolean');
  }),
];
