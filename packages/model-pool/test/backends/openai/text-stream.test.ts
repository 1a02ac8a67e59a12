import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/index.js';
import { collect, json, serve, sse, textRequest } from '../../setup/openai-server.js';

describe('a server that refuses a part of a request', () => {
  const answer = { choices: [{ index: 0, delta: { content: 'yes' }, finish_reason: 'stop' }] };

  async function strict(refuses: (body: JsonObject) => object | null) {
    const bodies: JsonObject[] = [];
    const served = await serve((_, body, response) => {
      bodies.push(body ?? {});
      const error = refuses(body ?? {});
      if (error === null) sse(response, answer, '[DONE]');
      else json(response, 400, { error });
    });
    return { bodies, ...served, [Symbol.asyncDispose]: served[Symbol.asyncDispose] };
  }

  it('is asked again without it, once, and not with it again', async () => {
    await using served = await strict((body) => {
      if ('chat_template_kwargs' in body) return { message: 'chat_template is not supported for Mistral tokenizers.' };
      if ('reasoning_effort' in body) return { message: 'Unsupported value', param: 'reasoning_effort' };
      if ('max_tokens' in body) return { code: 'unsupported_parameter', param: 'max_tokens', message: 'no' };
      return null;
    });
    for (let count = 0; count < 2; count += 1) {
      const { sink, seen } = collect();
      await served.backend.stream(textRequest(), sink);
      expect(seen).toEqual(['yes']);
    }
    expect(served.bodies).toHaveLength(5);
    expect(served.bodies.at(-1)).toEqual({
      model: 'small:1b',
      messages: [{ role: 'user', content: 'hi [tokens=3]' }],
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 64,
    });
  });

  it('gets a schema where it takes no plain JSON', async () => {
    await using served = await strict(({ response_format: format }) =>
      (format as JsonObject).type === 'json_object'
        ? { message: "'response_format.type' must be 'json_schema' or 'text'" }
        : null,
    );
    await served.backend.stream(textRequest({ format: 'json' }), collect().sink);
    expect(served.bodies.at(-1)?.response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'answer', strict: false, schema: { type: 'object' } },
    });
  });

  it('has its refusal handed on where the part is wanted', async () => {
    await using served = await strict((body) =>
      'reasoning_effort' in body ? { message: 'no', code: 'unsupported_value', param: 'reasoning_effort' } : null,
    );
    await expect(served.backend.stream(textRequest({ think: 'high' }), collect().sink)).rejects.toMatchObject({
      code: 'capability-missing',
    });
    expect(served.bodies).toHaveLength(1);
  });

  it('has its refusal handed on where it goes on refusing', async () => {
    await using served = await strict(() => ({ message: 'chat_template: never' }));
    await expect(served.backend.stream(textRequest(), collect().sink)).rejects.toMatchObject({ code: 'rejected' });
    expect(served.bodies).toHaveLength(2);
  });
});
