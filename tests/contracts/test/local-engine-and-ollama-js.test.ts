import { join } from 'node:path';
import { createLocalEngine } from '@tale/local-engine';
import { ensureRuntime, fileEntry, type TinyGgufOptions, writeTinyGguf } from '@tale/local-engine/testing';
import { temporaryFolder } from '@tale/test-kit';
import { type ChatResponse, Ollama } from 'ollama';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

const sentence = 'hello, this is a tiny model of tale.';
const messages = [{ role: 'user', content: 'hi' }];
const options = { temperature: 0 };
const models: Record<string, [capabilities: string[], options: TinyGgufOptions]> = {
  tiny: [['completion'], {}],
  endless: [['completion'], { endless: true }],
  caller: [['completion', 'tools'], { tools: true }],
  thinker: [['completion', 'thinking'], { thinking: 'words come slowly' }],
};

describe('ollama-js 0.6.4 speaks with local-engine', () => {
  let close = async () => {};
  let ollama: Ollama;
  let host = '';

  beforeAll(async () => {
    const folder = await temporaryFolder();
    const catalog = await Promise.all(
      Object.entries(models).map(async ([name, [capabilities, tiny]]) => {
        const path = join(folder.path, `${name}.gguf`);
        await writeTinyGguf(path, tiny);
        return fileEntry(`${name}:latest`, path, capabilities);
      }),
    );
    const engine = await createLocalEngine({
      ...{ dataDir: join(folder.path, 'engine'), port: 0, catalog },
      runnerEntry: inject('runnerEntry'),
      runtimeDir: await ensureRuntime(join(import.meta.dirname, '../../../.tools/local-engine-runtime')),
    });
    host = engine.url;
    ollama = new Ollama({ host });
    close = async () => {
      await engine.close();
      await folder[Symbol.asyncDispose]();
    };
  }, 300_000);
  afterAll(() => close());

  it('pull: tells the progress of a file and ends with success', async () => {
    const seen: { status: string; completed?: number; total?: number }[] = [];
    for await (const line of await ollama.pull({ model: 'tiny', stream: true })) seen.push(line);
    expect(seen.at(-1)).toMatchObject({ status: 'success' });
    const progress = seen.filter(({ status }) => /^pulling [0-9a-f]{12}$/.test(status));
    expect(progress.at(-1)).toMatchObject({ completed: expect.any(Number), total: progress.at(-1)?.completed });
    for (const model of Object.keys(models)) {
      expect(await ollama.pull({ model })).toMatchObject({ status: 'success' });
    }
    await expect(ollama.pull({ model: 'unknown' })).rejects.toMatchObject({ status_code: 404 });
  });

  it('version, list and show: what is there and what it can do', async () => {
    expect(await ollama.version()).toMatchObject({ version: '0.32.15' });
    const { models: listed } = await ollama.list();
    expect(listed.map(({ name }) => name).sort()).toEqual(
      Object.keys(models)
        .map((name) => `${name}:latest`)
        .sort(),
    );
    expect(listed[0]).toMatchObject({ size: expect.any(Number), details: { format: 'gguf', family: 'llama' } });
    const shown = await ollama.show({ model: 'caller' });
    expect(shown).toMatchObject({ capabilities: ['completion', 'tools'], license: 'MIT' });
    await expect(ollama.show({ model: 'unknown' })).rejects.toMatchObject({ status_code: 404 });
  });

  it('chat: a document and a stream', async () => {
    const whole = await ollama.chat({ model: 'tiny', messages, options });
    expect(whole).toMatchObject({ message: { role: 'assistant', content: sentence }, done: true, done_reason: 'stop' });
    expect(whole.eval_count).toBe(11);
    const parts: ChatResponse[] = [];
    for await (const part of await ollama.chat({ model: 'tiny', messages, options, stream: true })) parts.push(part);
    expect(parts.map(({ message }) => message.content).join('')).toBe(sentence);
    expect(parts.filter(({ done }) => done)).toHaveLength(1);
    expect(parts.at(-1)).toMatchObject({ done_reason: 'stop', prompt_eval_count: whole.prompt_eval_count });
  });

  it('generate: a document, a stream, a format', async () => {
    const whole = await ollama.generate({ model: 'tiny', prompt: 'hi', system: 'be brief', options });
    expect(whole).toMatchObject({ response: sentence, done: true });
    let text = '';
    for await (const part of await ollama.generate({ model: 'tiny', prompt: 'hi', options, stream: true })) {
      text += part.response;
    }
    expect(text).toBe(sentence);
    const format = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] };
    const shaped = await ollama.generate({ model: 'tiny', prompt: 'hi', format, options });
    expect(JSON.parse(shaped.response ?? '')).toEqual({ ok: expect.any(Boolean) });
  });

  it('chat with tools: a call, then the answer to its result', async () => {
    const tool = {
      type: 'function',
      function: {
        ...{ name: 'weather', description: 'of a city' },
        parameters: { type: 'object', properties: { day: { type: 'string', enum: ['today'] } }, required: ['day'] },
      },
    };
    const asked = await ollama.chat({ model: 'caller', messages, tools: [tool], options });
    expect(asked.message.tool_calls).toMatchObject([{ function: { name: 'weather', arguments: { day: 'today' } } }]);
    const conversation = [...messages, asked.message, { role: 'tool', content: 'sunny', tool_name: 'weather' }];
    const answered = await ollama.chat({ model: 'caller', messages: conversation, tools: [tool], options });
    expect(answered.message).toMatchObject({ content: sentence });
    await expect(ollama.chat({ model: 'tiny', messages, tools: [tool] })).rejects.toMatchObject({
      ...{ status_code: 400, error: expect.stringContaining('does not support tools') },
    });
  });

  it('chat with thinking: apart from the answer', async () => {
    const { message } = await ollama.chat({ model: 'thinker', messages, think: true, options });
    expect(message).toMatchObject({ content: sentence, thinking: expect.stringContaining('words come slowly') });
    await expect(ollama.chat({ model: 'tiny', messages, think: true })).rejects.toMatchObject({ status_code: 400 });
  });

  it('embed and embeddings: vectors of length 1', async () => {
    const { embeddings } = await ollama.embed({ model: 'tiny', input: ['hello', 'tale'] });
    expect(embeddings.map((vector) => Math.hypot(...vector))).toEqual([expect.closeTo(1, 4), expect.closeTo(1, 4)]);
    expect((await ollama.embed({ model: 'tiny', input: 'hello', dimensions: 8 })).embeddings[0]).toHaveLength(8);
    const { embedding } = await ollama.embeddings({ model: 'tiny', prompt: 'hello' });
    expect(embedding[0]).toBeCloseTo(embeddings[0]?.[0] ?? Number.NaN, 4);
  });

  it('systemone: answers with probabilities', async () => {
    const { answers, usage } = await ollama.systemone({
      ...{ model: 'tiny', state: 'write a program' },
      questions: {
        task: { type: 'noul', instructions: 'Is it a task?' },
        kind: { type: 'choice', instructions: 'Which kind?', criteria: { code: null, chat: null } },
        mood: { type: 'score', instructions: 'How kind?', criteria: ['rude', 'kind'] },
      },
    });
    expect(answers).toMatchObject({
      task: { type: 'noul', noul: expect.any(Number) },
      kind: { type: 'choice', choice: expect.stringMatching(/^(code|chat)$/), confidence: expect.any(Number) },
      mood: { type: 'score', score: expect.any(Number), legend: { 0: 'rude', 1: 'kind' } },
    });
    expect(usage.input_tokens).toBeGreaterThan(0);
  });

  it('ps: what is loaded, until keep_alive 0 unloads it', async () => {
    await ollama.generate({ model: 'tiny', prompt: '', keep_alive: '1h' });
    expect((await ollama.ps()).models).toContainEqual(
      expect.objectContaining({ name: 'tiny:latest', size: expect.any(Number), size_vram: 0 }),
    );
    expect(await ollama.generate({ model: 'tiny', prompt: '', keep_alive: 0 })).toMatchObject({
      done_reason: 'unload',
    });
    expect((await ollama.ps()).models.map(({ name }) => name)).not.toContain('tiny:latest');
  });

  it('abort: the stream ends and the model is free for the next call', async () => {
    const stream = await ollama.chat({ model: 'endless', messages, options, stream: true });
    let pieces = 0;
    const reading = (async () => {
      for await (const _ of stream) if (++pieces === 5) stream.abort();
    })();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    const next = await new Ollama({ host }).generate({
      model: 'endless',
      prompt: 'hi',
      options: { ...options, num_predict: 3 },
    });
    expect(next).toMatchObject({ done: true, done_reason: 'length', eval_count: 3 });
  });

  it('delete: the model is gone; create, copy and push are not supported', async () => {
    await ollama.delete({ model: 'tiny' });
    expect((await ollama.list()).models.map(({ name }) => name)).not.toContain('tiny:latest');
    await expect(ollama.copy({ source: 'caller', destination: 'other' })).rejects.toMatchObject({
      ...{ status_code: 501, error: 'not supported by local-engine' },
    });
  });
});
