import { describe, expect, it } from 'vitest';
import { createModelPool } from '../../../src/index.js';

const { TALE_TEST_OPENAI_URL: url, TALE_TEST_OPENAI_MODEL: model = '', TALE_TEST_OPENAI_KEY: apiKey } = process.env;

describe.skipIf(url === undefined)(
  'a real server, where TALE_TEST_OPENAI_URL and TALE_TEST_OPENAI_MODEL name one',
  () => {
    it('answers, counts, keeps a schema and a limit, and stops when it is left', async () => {
      const pool = createModelPool({
        backends: { real: { kind: 'openai', url: url ?? '', apiKey } },
        models: { real: { backend: 'real', model, contextTokens: 2048 } },
        roles: { ux: { candidates: ['real'] } },
      });
      try {
        const said = await pool.generate({ role: 'ux', prompt: 'Say hello.', maxOutputTokens: 64, temperature: 0 });
        expect(said.text.length).toBeGreaterThan(0);
        expect(said.end.usage).toMatchObject({ source: 'reported' });
        const cut = await pool.generate({ role: 'ux', prompt: 'Count to one hundred in words.', maxOutputTokens: 5 });
        expect(cut.end).toMatchObject({ finishReason: 'length', usage: { outputTokens: 5 } });
        const schema = {
          type: 'object',
          properties: { ok: { type: 'boolean' } },
          required: ['ok'],
          additionalProperties: false,
        };
        const kept = await pool.generate({ role: 'ux', prompt: 'Is water wet?', format: schema, maxOutputTokens: 64 });
        expect(typeof JSON.parse(kept.text).ok).toBe('boolean');
        for await (const event of pool.call({ role: 'ux', prompt: 'Tell a very long story.' }))
          if (event.type === 'text-delta') break;
        await expect(pool.generate({ role: 'ux', prompt: 'Say hello.', maxOutputTokens: 8 })).resolves.toBeDefined();
      } finally {
        await pool.close();
      }
    }, 300_000);
  },
);
