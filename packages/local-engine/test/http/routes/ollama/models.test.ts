import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ScriptedEngine, scriptedEngine } from '../../scripted-engine.js';

describe('what is installed and loaded', () => {
  let engine: ScriptedEngine;
  beforeAll(async () => {
    engine = await scriptedEngine();
  });
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
  });
  const get = async (path: string) => (await (await fetch(`${engine.url}${path}`)).json()) as Record<string, unknown>;

  it('/api/version says which API this is and who serves it', async () => {
    expect(await get('/api/version')).toEqual({
      ...{ version: '0.32.15', engine: 'tale-local-engine', engine_version: expect.stringMatching(/^\d+\.\d+\.\d+/) },
    });
  });

  it('/api/tags and /api/show have the capabilities of each model', async () => {
    const { models } = (await get('/api/tags')) as { models: { name: string; capabilities: string[] }[] };
    expect(Object.fromEntries(models.map(({ name, capabilities }) => [name, capabilities]))).toEqual({
      'able:latest': ['completion', 'tools', 'thinking'],
      'plain:latest': ['completion'],
      'vectors:latest': ['embedding'],
    });
    for (const key of ['model', 'name']) {
      const shown = await engine.ask('/api/show', { [key]: 'able', verbose: true });
      expect(shown.body).toMatchObject({
        capabilities: ['completion', 'tools', 'thinking'],
        details: { format: 'gguf' },
      });
    }
  });

  it('/api/ps has what is loaded, and what is being loaded beside it', async () => {
    await engine.ask('/api/generate', { model: 'plain', keep_alive: -1 });
    expect(await get('/api/ps')).toMatchObject({
      models: [{ name: 'plain:latest', size: 50_000_000, size_vram: 0, context_length: 2_048 }],
      loading: [],
    });
  });
});
