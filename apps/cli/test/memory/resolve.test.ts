import { expect, it } from 'vitest';
import { showMemory } from '../../src/commands/memory-show.js';
import { uxAgent } from '../../src/memory/ux-agent.js';
import { startFakeTale } from '../support/fake-tale.js';
import { createHome } from '../support/home.js';
import { memorySystem } from '../support/memory-system.js';
import { memoryView } from '../support/memory-views.js';
import { createTestContext } from '../support/streams.js';

it('names the memories that an argument may mean', async () => {
  await using running = await memorySystem(() => ({}));
  const memories = [memoryView(), memoryView({ memoryId: '01KB00000000000000000MEM02', text: 'two\n\u001b[31m' })];
  running.tale.answers['GET /v1/memories/match'] = () => ({ kind: 'prefix', memories });
  await expect(showMemory(running.context, '01KB')).rejects.toMatchObject({
    exitCode: 4,
    envelope: {
      code: 'ambiguous-id',
      details: {
        matches: { length: 2 },
        lines: [expect.stringMatching(/MEM01 /), expect.stringMatching(/MEM02 .*two$/)],
      },
    },
  });
});

it('ends with exit 4 for an id that nothing has, and with 2 for what is none', async () => {
  await using running = await memorySystem(() => ({}));
  running.tale.answers['GET /v1/memories/match'] = () => ({ kind: 'none', memories: [] });
  await expect(showMemory(running.context, 'zzzz')).rejects.toMatchObject({
    exitCode: 4,
    envelope: { code: 'not-found', hint: 'tale memory list' },
  });
  for (const id of ['', ' ', 'x'.repeat(201)])
    await expect(showMemory(running.context, id)).rejects.toMatchObject({ exitCode: 2 });
});

async function servers(names: readonly string[], own: object | null) {
  const home = await createHome();
  const tale = await startFakeTale();
  tale.answers['GET /v1/servers'] = () => ({ daemonId: 'd', servers: own === null ? [] : [own] });
  await home.writeRuntime(tale.runtime(names));
  return {
    home,
    tale,
    ...createTestContext(home),
    async [Symbol.asyncDispose]() {
      await tale[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

it('waits for the server that starts last', async () => {
  await using running = await servers(['supervisor', 'gateway'], { name: 'ux-agent', state: 'starting' });
  const found = uxAgent(running.context);
  await running.home.writeRuntime(running.tale.runtime(['supervisor', 'gateway', 'ux-agent']));
  expect((await found).address).toMatchObject({ name: 'ux-agent', url: running.tale.url });
});

it.each([
  ['no servers run', [], null, 'tale servers start'],
  ['it cannot run', ['supervisor', 'gateway'], { name: 'ux-agent', state: 'refused' }, 'tale servers status'],
  ['they are of a version without it', ['supervisor', 'gateway'], null, 'tale servers stop, then tale servers start'],
] as const)('ends with exit 5 and what to do where %s', async (_what, names, own, hint) => {
  await using running = await servers(names, own);
  await expect(uxAgent(running.context)).rejects.toMatchObject({
    exitCode: 5,
    envelope: { code: 'servers-down', hint },
  });
});
