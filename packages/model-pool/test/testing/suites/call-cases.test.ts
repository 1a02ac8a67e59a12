import '@anthropic-ai/sdk'; // loaded before the first call, whose time is short in these cases
import { describe, expect, it } from 'vitest';
import { callCases, skipReason } from '../../../src/testing/index.js';
import { onOllama, portKinds } from '../../setup/call-ports.js';

for (const { name: port, capabilities, open } of portKinds) {
  describe(`${port} passes the call cases`, () => {
    for (const oneCase of callCases) {
      const reason = skipReason(oneCase, capabilities);
      if (reason !== null) {
        it.skip(`${oneCase.name} (${reason})`, () => {});
        continue;
      }
      it(oneCase.name, async () => {
        await using opened = await open();
        await oneCase.run(opened);
        const count = (type: string) => opened.events.filter((event) => event.type === type).length;
        expect(count('call-start')).toBe(count('call-end'));
      });
    }
  });
}

it('a prompt goes to Ollama with the options of its profile and without a prompt that thinks', async () => {
  await using opened = await onOllama.open();
  await opened.pool.generate({
    role: 'planning',
    prompt: 'plan',
    system: 'be brief',
    format: 'json',
    temperature: 0,
    maxOutputTokens: 50,
  });
  expect(opened.fake.log.at(-1)).toMatchObject({
    path: '/api/generate',
    body: {
      system: 'be brief',
      format: 'json',
      think: false,
      options: { num_ctx: 4096, num_predict: 50, temperature: 0 },
    },
  });
});
