import { describe, expect, it } from 'vitest';
import type { Role } from '../../../../src/index.js';
import { chooseEmbedder, chooseTarget, isDemanding } from '../../../../src/server/openai/call/choose-target.js';

type Call = Parameters<typeof isDemanding>[0]['call'];
const tools = [{ name: 'f', parameters: {} }];
const say = (length: number) => [{ role: 'user' as const, content: 'x'.repeat(length) }];

const requests: [string, Call, string | null, boolean][] = [
  ['a short question', { messages: say(10) }, null, false],
  ['a short prompt', { prompt: 'x' }, null, false],
  ['8,000 characters', { messages: [...say(4000), ...say(4000)] }, null, false],
  ['8,001 characters', { messages: [...say(4000), ...say(4001)] }, null, true],
  ['a long prompt', { prompt: 'x'.repeat(8001) }, null, true],
  ['tools', { messages: say(1), tools }, null, true],
  ['tools that may not be called', { messages: say(1), tools, toolChoice: 'none' }, null, false],
  ['JSON', { messages: say(1), format: 'json' }, null, true],
  ['a schema', { messages: say(1), format: { type: 'object' } }, null, true],
  ['no effort', { messages: say(1) }, 'none', false],
  ['low effort', { messages: say(1) }, 'low', false],
  ['medium effort', { messages: say(1) }, 'medium', true],
  ['high effort', { messages: say(1) }, 'high', true],
];

describe('a request is work for the large model', () => {
  for (const [name, call, effort, expected] of requests)
    it(`${expected ? 'with' : 'not with'} ${name}`, () => expect(isDemanding({ call, effort })).toBe(expected));
});

describe('who answers', () => {
  const served = (roles: readonly Role[], configured: string | null = null) => ({
    ...{ id: 'name', roles, configured, model: null },
  });
  const easy = { call: { messages: say(1) }, effort: null };
  const hard = { call: { messages: say(1), tools }, effort: null };
  it('is the role that fits, where both can', () => {
    expect(chooseTarget(served(['ux', 'planning', 'embed']), easy)).toMatchObject({ role: 'ux' });
    expect(chooseTarget(served(['ux', 'planning', 'embed']), hard)).toMatchObject({ role: 'planning' });
  });
  it('is the only role that can', () => {
    expect(chooseTarget(served(['ux']), hard)).toMatchObject({ role: 'ux' });
    expect(chooseTarget(served(['planning']), easy)).toMatchObject({ role: 'planning' });
  });
  it('is the model that was named', () => {
    expect(chooseTarget(served(['planning'], 'large'), easy)).toEqual({ role: 'planning', preferredModel: 'large' });
    expect(chooseEmbedder(served(['embed'], 'vectors'))).toEqual({ preferredModel: 'vectors' });
  });
  it('is nobody where the model does something else', () => {
    expect(() => chooseTarget(served(['embed']), easy)).toThrow(
      expect.objectContaining({ code: 'rejected', details: { param: 'model', code: null } }),
    );
    expect(() => chooseEmbedder(served(['ux', 'planning']))).toThrow(
      expect.objectContaining({ code: 'rejected', details: { param: 'model', code: null } }),
    );
  });
});
