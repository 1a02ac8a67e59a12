import { Ollama } from 'ollama';
import { expect, it } from 'vitest';
import { startFakeOllama } from '../../../src/testing/index.js';

const model = 'fake:1b';

it('the ollama package works with the fake as with Ollama', async () => {
  await using fake = await startFakeOllama({ models: [{ model }, { model: 'v', capabilities: ['embedding'] }] });
  const ollama = new Ollama({ host: fake.url });
  expect((await ollama.version()).version).toBe('0.32.15');
  expect((await ollama.list()).models.map(({ name }) => name)).toEqual([model, 'v']);
  expect((await ollama.show({ model })).capabilities).toContain('completion');

  const messages = [{ role: 'user', content: '[think=2] [say one two three]' }];
  let [text, thinking] = ['', ''];
  for await (const part of await ollama.chat({ model, messages, stream: true, keep_alive: -1 })) {
    text += part.message.content;
    thinking += part.message.thinking ?? '';
    if (part.done) expect(part).toMatchObject({ done_reason: 'stop', eval_count: 5 });
  }
  expect([text, thinking]).toEqual(['one two three', 'hm hm']);
  const { response } = await ollama.generate({ model, prompt: '[say whole]', system: 'be brief' });
  expect(response).toBe('whole');
  const tool = { type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } };
  const asked = await ollama.chat({
    model,
    messages: [{ role: 'user', content: '[tool look {"at":1}]' }],
    tools: [tool],
  });
  expect(asked.message.tool_calls).toMatchObject([{ function: { name: 'look', arguments: { at: 1 } } }]);
  expect((await ollama.ps()).models).toMatchObject([{ name: model, size_vram: 0 }]);

  expect((await ollama.embed({ model: 'v', input: ['a', 'b'] })).embeddings).toHaveLength(2);
  expect((await ollama.embeddings({ model: 'v', prompt: 'a' })).embedding).toHaveLength(8);
  const statuses: string[] = [];
  for await (const { status } of await ollama.pull({ model: 'pullable:1b', stream: true })) statuses.push(status);
  expect(statuses.at(-1)).toBe('success');
  expect(await ollama.delete({ model: 'pullable:1b' })).toEqual({ status: 'success' });
  await expect(ollama.show({ model: 'pullable:1b' })).rejects.toThrow(/not found/);
});
