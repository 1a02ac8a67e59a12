import { describe, expect, it } from 'vitest';
import { type Ability, demandAbilities } from '../../src/wire/capabilities.js';

describe('what a call needs', () => {
  it.each<[Ability, string[]]>([
    ['chat', []],
    ['generate', ['embedding']],
    ['tools', ['completion']],
    ['thinking', ['completion', 'tools']],
    ['vision', ['completion', 'vision']],
    ['insert', ['completion']],
    ['template', ['completion']],
    ['logprobs', ['completion']],
  ])('is refused in Ollama’s words: %s of %j', (ability, capabilities) => {
    expect(() => demandAbilities('tiny', capabilities, { [ability]: true })).toThrowError(
      expect.objectContaining({
        ...{ code: 'invalid-request', model: 'tiny', message: `"tiny" does not support ${ability}` },
      }),
    );
  });

  it('is granted where the model can do it, and where it is not needed', () => {
    demandAbilities('x', ['completion', 'tools', 'thinking'], {
      chat: true,
      generate: true,
      tools: true,
      thinking: true,
    });
    demandAbilities('x', [], { chat: false, tools: false, thinking: false, vision: false, insert: false });
  });
});
