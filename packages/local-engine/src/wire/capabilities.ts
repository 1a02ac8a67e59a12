import { LocalEngineError } from '../errors.js';

/** What a call needs of its model, or of the engine. */
export type Ability = 'chat' | 'generate' | 'insert' | 'logprobs' | 'template' | 'thinking' | 'tools' | 'vision';

/** The capability of a model that an ability stands on; without one, the engine has it for no model. */
const grounds: Readonly<Partial<Record<Ability, string>>> = {
  chat: 'completion',
  generate: 'completion',
  thinking: 'thinking',
  tools: 'tools',
};

/**
 * What cannot be done is refused, never left out.
 *
 * @param name the model as the caller wrote it
 * @param needed abilities; false ones are not needed
 * @throws {@link LocalEngineError} `invalid-request`, in Ollama's words
 */
export function demandAbilities(
  name: string,
  capabilities: readonly string[],
  needed: Readonly<Partial<Record<Ability, boolean>>>,
): void {
  for (const [ability, isNeeded] of Object.entries(needed) as [Ability, boolean][]) {
    const ground = grounds[ability];
    if (!isNeeded || (ground !== undefined && capabilities.includes(ground))) continue;
    throw new LocalEngineError('invalid-request', `${JSON.stringify(name)} does not support ${ability}`, {
      model: name,
    });
  }
}
