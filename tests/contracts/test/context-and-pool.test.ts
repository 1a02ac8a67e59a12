import { createContext, migrateContext } from '@tale/context';
import { createModelPool } from '@tale/model-pool';
import { startFakeOllama } from '@tale/model-pool/testing';
import { temporaryDatabase } from '@tale/test-kit';
import { createTokenTracker, migrateTokens } from '@tale/token-tracker';
import { expect, it } from 'vitest';

it('fits a conversation and a prompt for a model of the pool, and learns from what the tracker counted', async () => {
  await using database = await temporaryDatabase();
  await migrateTokens(database.kysely);
  await migrateContext(database.kysely);
  await using tracker = createTokenTracker({ kysely: database.kysely, sqlite: database.sqlite });
  await using ollama = await startFakeOllama({ models: [{ model: 'tiny' }], timing: { tokens: 5 } });
  await using pool = createModelPool({
    backends: { ollama: { kind: 'ollama', url: ollama.url } },
    models: { tiny: { backend: 'ollama', model: 'tiny', contextTokens: 2048 } },
    roles: { ux: { candidates: ['tiny'] }, planning: { candidates: ['tiny'] } },
    gate: tracker,
  });
  await pool.start();
  const [status] = pool.status().models;
  const model = { ...status!, digest: status!.digest ?? undefined, role: 'planning', countsExactly: false } as const;
  await using context = createContext({ kysely: database.kysely, models: [model] });
  await context.conversations.create({ id: 'talk' });
  await context.messages('talk').append({ role: 'user', text: 'word '.repeat(900) });
  await context.memories.add({ kind: 'fact', text: 'Words are short.' });
  const { items } = await context.recall.forPlan({ goal: 'word', project: null });

  const fits = [
    await context.window.fit({ conversationId: 'talk', model: model.model }),
    await context.window.fitPrompt({ model, system: 'Be brief.', current: 'word '.repeat(900), data: items }),
  ];
  for (const { fitId, messages, tokens } of fits) {
    const { end } = await pool.generate({ role: 'planning', messages });
    const [row] = (await tracker.calls({})).filter(({ callId }) => callId === end.callId);
    const promptTokens = row!.inputTokens!;
    expect(promptTokens).toBeGreaterThan(900);
    expect(promptTokens + tokens.reserve).toBeLessThanOrEqual(model.contextTokens);
    const observed = await context.window.observe({ fitId: fitId!, promptTokens });
    expect(observed).toEqual({ kind: 'ok', isRefitWorthwhile: false });
  }
  const sent = ollama.log.filter(({ body }) => Array.isArray(body?.messages) && body.messages.length > 0);
  expect(sent.map(({ body }) => body?.truncate)).toEqual([false, false]);
});

it('a prompt is fitted by what the server of its model counts', async () => {
  await using database = await temporaryDatabase();
  await migrateContext(database.kysely);
  await using engine = await startFakeOllama({ models: [{ model: 'tiny' }], engine: 'other' });
  await using pool = createModelPool({
    backends: { engine: { kind: 'ollama', url: engine.url } },
    models: { tiny: { backend: 'engine', model: 'tiny', contextTokens: 2048 } },
    roles: { ux: { candidates: ['tiny'] }, planning: { candidates: ['tiny'] } },
  });
  await pool.start();
  await pool.load('tiny');
  const [status] = pool.status().models;
  const model = {
    model: 'tiny',
    contextTokens: 2_048,
    role: 'planning',
    countsExactly: status!.countsTokens,
  } as const;
  await using context = createContext({
    kysely: database.kysely,
    countTokens: ({ model: name, messages }, { signal }) => pool.countTokens({ model: name, messages }, { signal }),
  });
  const { messages, tokens } = await context.window.fitPrompt({
    model,
    system: 'Be brief.',
    current: 'the '.repeat(1_200),
  });
  const { end } = await pool.generate({ role: 'planning', messages });
  expect(tokens).toMatchObject({ exact: true, total: end.usage.inputTokens });
});
