import { describe, expect, it } from 'vitest';
import { ModelPoolError } from '../../../../src/index.js';
import { readChatRequest } from '../../../../src/server/openai/request/chat-request.js';

const messages = [{ role: 'user', content: 'hello' }];
const read = (more: object = {}) => readChatRequest({ messages, ...more });
const tool = (more: object = {}) => ({ type: 'function', function: { name: 'weather', ...more } });

/** What is left of a call once everything that was left out is gone. */
const callOf = (more: object) => JSON.parse(JSON.stringify(read(more).call)) as Record<string, unknown>;

describe('a chat request', () => {
  it('needs nothing but messages', () => {
    expect(JSON.parse(JSON.stringify(read()))).toEqual({
      model: 'tale/auto',
      call: { messages },
      effort: null,
      isStream: false,
      includesUsage: false,
      isOneTool: false,
    });
  });

  const calls: [string, object, object][] = [
    ['temperature', { temperature: 0.3 }, { temperature: 0.3 }],
    ['top_p', { top_p: 0.5 }, { topP: 0.5 }],
    ['a top_p of 0 is the least share', { top_p: 0 }, { topP: 1e-6 }],
    ['seed', { seed: 12 }, { seed: 12 }],
    ['a seed with a sign', { seed: -1 }, { seed: 2 ** 32 - 1 }],
    ['a seed of 53 bits', { seed: Number.MAX_SAFE_INTEGER }, { seed: 2 ** 32 - 1 }],
    ['stop as text', { stop: 'END' }, { stop: ['END'] }],
    ['stop as a list', { stop: ['A', 'B'] }, { stop: ['A', 'B'] }],
    ['stop without text', { stop: ['', 'B'] }, { stop: ['B'] }],
    ['no stop', { stop: [] }, {}],
    ['max_tokens', { max_tokens: 9 }, { maxOutputTokens: 9 }],
    ['max_completion_tokens goes before', { max_tokens: 9, max_completion_tokens: 5 }, { maxOutputTokens: 5 }],
    ['a limit beyond every model', { max_tokens: 1e9 }, { maxOutputTokens: 1e6 }],
    ['user', { user: 'u1' }, { labels: { userId: 'u1' } }],
    ['safety_identifier', { safety_identifier: 's1' }, { labels: { userId: 's1' } }],
    ['text', { response_format: { type: 'text' } }, {}],
    ['JSON', { response_format: { type: 'json_object' } }, { format: 'json' }],
    [
      'a schema',
      {
        response_format: { type: 'json_schema', json_schema: { name: 'n', strict: true, schema: { type: 'object' } } },
      },
      { format: { type: 'object' } },
    ],
    [
      'tools',
      {
        tools: [tool({ description: 'tells', parameters: { type: 'object', properties: { city: {} } }, strict: true })],
      },
      {
        tools: [{ name: 'weather', description: 'tells', parameters: { type: 'object', properties: { city: {} } } }],
      },
    ],
    [
      'a tool without parameters',
      { tools: [tool()] },
      { tools: [{ name: 'weather', parameters: { type: 'object', properties: {} } }] },
    ],
    ['no tools', { tools: [] }, {}],
    ['tool_choice none', { tool_choice: 'none' }, { toolChoice: 'none' }],
    ['tool_choice required', { tools: [tool()], tool_choice: 'required' }, { toolChoice: 'required' }],
    [
      'tool_choice of one',
      { tools: [tool()], tool_choice: { type: 'function', function: { name: 'weather' } } },
      { toolChoice: { name: 'weather' } },
    ],
  ];
  for (const [name, body, expected] of calls)
    it(`${name} becomes an option of the call`, () => {
      const { messages: _, tools, ...call } = callOf(body);
      expect('tools' in expected ? { ...call, tools } : call).toEqual(expected);
    });

  it('null counts as left out, everywhere', () => {
    const nothing = {
      ...{ model: null, temperature: null, top_p: null, seed: null, stop: null, max_tokens: null, stream: null },
      ...{
        tools: null,
        tool_choice: null,
        response_format: null,
        user: null,
        n: null,
        logprobs: null,
        functions: null,
      },
      ...{ stream_options: null, reasoning_effort: null, parallel_tool_calls: null },
    };
    expect(read(nothing)).toEqual(read());
  });

  it('what changes no answer is taken and does nothing', () => {
    const harmless = {
      ...{
        metadata: { a: 'b' },
        store: true,
        service_tier: 'auto',
        prompt_cache_key: 'k',
        prediction: { type: 'content' },
      },
      ...{ n: 1, logprobs: false, top_logprobs: 0, logit_bias: {}, presence_penalty: 0, frequency_penalty: 0 },
      ...{ modalities: ['text'], verbosity: 'medium', functions: [], prompt_cache_retention: '24h' },
    };
    expect(read(harmless)).toEqual(read());
  });

  it('how the answer comes is no part of the call', () => {
    expect(
      read({ model: 'm', stream: true, stream_options: { include_usage: true }, parallel_tool_calls: false }),
    ).toMatchObject({ model: 'm', isStream: true, includesUsage: true, isOneTool: true });
    expect(read({ stream: true, stream_options: { include_obfuscation: true } })).toMatchObject({
      includesUsage: false,
    });
    expect(read({ reasoning_effort: 'high' }).effort).toBe('high');
  });
});

describe('the messages of a chat', () => {
  const toolCalls = [{ id: 't1', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } }];
  const cases: [string, object[], object[]][] = [
    ['developer is system', [{ role: 'developer', content: 'rules' }], [{ role: 'system', content: 'rules' }]],
    [
      'parts are lines',
      [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'a' },
            { type: 'text', text: 'b' },
          ],
        },
      ],
      [{ role: 'user', content: 'a\nb' }],
    ],
    [
      'a refusal is what was said',
      [{ role: 'assistant', content: [{ type: 'refusal', refusal: 'no' }] }],
      [{ role: 'assistant', content: 'no' }],
    ],
    [
      'an answer as it came, with a tool and its answer',
      [
        {
          role: 'assistant',
          content: null,
          refusal: null,
          annotations: [],
          function_call: null,
          tool_calls: toolCalls,
        },
        { role: 'tool', content: 'sun', tool_call_id: 't1' },
      ],
      [
        { role: 'assistant', content: '', toolCalls: [{ id: 't1', name: 'weather', arguments: { city: 'Rome' } }] },
        { role: 'tool', content: 'sun', toolCallId: 't1', toolName: 'weather' },
      ],
    ],
    [
      'the answer of a tool that nobody called',
      [{ role: 'tool', content: 'sun', tool_call_id: 'lost' }],
      [{ role: 'tool', content: 'sun', toolCallId: 'lost' }],
    ],
    [
      'a tool without arguments',
      [{ role: 'assistant', tool_calls: [{ id: 't', function: { name: 'now', arguments: '' } }] }],
      [{ role: 'assistant', content: '', toolCalls: [{ id: 't', name: 'now', arguments: {} }] }],
    ],
    ['a name does not matter', [{ role: 'user', name: 'Ann', content: 'x' }], [{ role: 'user', content: 'x' }]],
    ['an answer of nothing', [{ role: 'assistant', content: null }], [{ role: 'assistant', content: '' }]],
  ];
  for (const [name, given, expected] of cases)
    it(name, () => expect(readChatRequest({ messages: given }).call.messages).toEqual(expected));
});

describe('a chat request is refused with the parameter that is wrong:', () => {
  const one = (message: object) => ({ messages: [message] });
  const call = (more: object) => ({ id: 't', type: 'function', function: { name: 'f', arguments: '{}' }, ...more });
  const bad: [string, unknown, string | null, string, string | null][] = [
    ['no object', [], null, 'object', null],
    ['null', null, null, 'object', null],
    ['no messages', {}, 'messages', 'must be of type array', null],
    ['empty messages', { messages: [] }, 'messages', 'at least 1 entries', null],
    ['a message of nobody', one({ role: 'god', content: 'x' }), 'messages[0].role', 'must be one of', null],
    [
      'a number as content',
      one({ role: 'user', content: 5 }),
      'messages[0].content',
      'of type string or be of type array',
      null,
    ],
    ['no content', one({ role: 'user' }), 'messages[0].content', 'must have content', null],
    ['an image', one({ role: 'user', content: [{ type: 'image_url' }] }), 'messages[0].content[0]', 'images', null],
    ['a sound', one({ role: 'user', content: [{ type: 'input_audio' }] }), 'messages[0].content[0]', 'sound', null],
    ['a file', one({ role: 'user', content: [{ type: 'file' }] }), 'messages[0].content[0]', 'files', null],
    ['a part of no kind', one({ role: 'user', content: [{ type: 'smell' }] }), 'messages[0].content[0]', 'smell', null],
    [
      'a part without a type',
      one({ role: 'user', content: [{ text: 'x' }] }),
      'messages[0].content[0].type',
      'string',
      null,
    ],
    ['an answer of nobody', one({ role: 'tool', content: 'x' }), 'messages[0]', 'tool_call_id', null],
    [
      'a function message',
      one({ role: 'function', name: 'f', content: 'x' }),
      'messages[0]',
      'tools',
      'unsupported_parameter',
    ],
    [
      'a function call',
      one({ role: 'assistant', function_call: { name: 'f', arguments: '{}' } }),
      ...(['messages[0]', 'tools', 'unsupported_parameter'] as const),
    ],
    [
      'arguments that are no JSON',
      one({ role: 'assistant', tool_calls: [call({ function: { name: 'f', arguments: '{' } })] }),
      ...(['messages[0].tool_calls[0].function.arguments', 'JSON object', null] as const),
    ],
    [
      'arguments that are no object',
      one({ role: 'assistant', tool_calls: [call({ function: { name: 'f', arguments: '[1]' } })] }),
      ...(['messages[0].tool_calls[0].function.arguments', 'JSON object', null] as const),
    ],
    [
      'a call of another kind',
      one({ role: 'assistant', tool_calls: [call({ type: 'custom' })] }),
      ...(['messages[0].tool_calls[0]', 'function', null] as const),
    ],
    ['heat', { messages, temperature: 3 }, 'temperature', 'at most 2', null],
    ['cold', { messages, temperature: -1 }, 'temperature', 'at least 0', null],
    ['no number', { messages, top_p: '1' }, 'top_p', 'must be of type number', null],
    ['half a seed', { messages, seed: 1.5 }, 'seed', 'integer', null],
    ['no tokens', { messages, max_tokens: 0 }, 'max_tokens', 'at least 1', null],
    ['tokens below none', { messages, max_completion_tokens: -1 }, 'max_completion_tokens', 'at least 1', null],
    ['17 stops', { messages, stop: Array(17).fill('x') }, 'stop', 'at most 16 entries', null],
    ['a stop of no text', { messages, stop: 5 }, 'stop', 'of type string or be of type array', null],
    ['a user of no text', { messages, user: 5 }, 'user', 'string', null],
    ['an effort of no kind', { messages, reasoning_effort: 'sweat' }, 'reasoning_effort', 'one of none', null],
    ['a tool of another kind', { messages, tools: [{ type: 'web_search' }] }, 'tools[0]', 'function', null],
    [
      'a tool without a name',
      { messages, tools: [{ type: 'function', function: {} }] },
      'tools[0].function.name',
      'string',
      null,
    ],
    ['a choice of no kind', { messages, tool_choice: 'maybe' }, 'tool_choice', '', null],
    ['a choice of several', { messages, tool_choice: { type: 'allowed_tools' } }, 'tool_choice', 'one function', null],
    [
      'a format of no kind',
      { messages, response_format: { type: 'xml' } },
      'response_format.type',
      'one of text',
      null,
    ],
    [
      'a schema without a schema',
      { messages, response_format: { type: 'json_schema', json_schema: { name: 'n' } } },
      ...(['response_format.json_schema', 'schema', null] as const),
    ],
    ['two answers', { messages, n: 2 }, 'n', 'one answer', 'unsupported_parameter'],
    ['log probabilities', { messages, logprobs: true }, 'logprobs', 'not supported', 'unsupported_parameter'],
    ['some of them', { messages, top_logprobs: 3 }, 'top_logprobs', 'not supported', 'unsupported_parameter'],
    ['a bias', { messages, logit_bias: { 5: 1 } }, 'logit_bias', 'not supported', 'unsupported_parameter'],
    ['a penalty', { messages, presence_penalty: 1 }, 'presence_penalty', 'not supported', 'unsupported_parameter'],
    [
      'another penalty',
      { messages, frequency_penalty: -1 },
      'frequency_penalty',
      'not supported',
      'unsupported_parameter',
    ],
    ['functions', { messages, functions: [{ name: 'f' }] }, 'functions', 'give tools', 'unsupported_parameter'],
    ['a function call', { messages, function_call: 'auto' }, 'function_call', 'tool_choice', 'unsupported_parameter'],
    ['sound', { messages, modalities: ['text', 'audio'] }, 'modalities', 'text', 'unsupported_parameter'],
    ['a voice', { messages, audio: { voice: 'x' } }, 'audio', 'text', 'unsupported_parameter'],
    ['brevity', { messages, verbosity: 'low' }, 'verbosity', 'prompt', 'unsupported_parameter'],
    ['the web', { messages, web_search_options: {} }, 'web_search_options', 'not supported', 'unsupported_parameter'],
    ['what nobody knows', { messages, top_k: 5 }, 'top_k', 'no parameter', 'unknown_parameter'],
    ['what is misspelt', { messages, temprature: 1 }, 'temprature', "did you mean 'temperature'?", 'unknown_parameter'],
    ['what objects inherit', { messages, toString: 1 }, 'toString', 'no parameter', 'unknown_parameter'],
  ];
  for (const [name, body, param, word, code] of bad)
    it(name, () => {
      let error: unknown;
      try {
        readChatRequest(body);
      } catch (thrown) {
        error = thrown;
      }
      expect(ModelPoolError.isInstance(error)).toBe(true);
      expect(error).toMatchObject({
        code: 'rejected',
        message: expect.stringContaining(word),
        details: { param, code },
      });
    });
});
