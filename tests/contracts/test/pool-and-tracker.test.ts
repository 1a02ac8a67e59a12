import { createModelPool } from '@tale/model-pool';
import { startFakeOllama } from '@tale/model-pool/testing';
import { temporaryDatabase } from '@tale/test-kit';
import { createTokenTracker, migrateTokens } from '@tale/token-tracker';
import { expect, it } from 'vitest';

it('counts every attempt of a pool to the token, before its end is told', async () => {
  await using database = await temporaryDatabase();
  await migrateTokens(database.kysely);
  await using tracker = createTokenTracker({ kysely: database.kysely, sqlite: database.sqlite });
  await using ollama = await startFakeOllama({ models: [{ model: 'tiny' }], timing: { tokens: 5 } });
  await using pool = createModelPool({
    backends: { ollama: { kind: 'ollama', url: ollama.url } },
    models: { tiny: { backend: 'ollama', model: 'tiny', contextTokens: 2048 } },
    roles: { ux: { candidates: ['tiny'] }, planning: { candidates: ['tiny'] } },
    gate: tracker,
  });
  await pool.start();
  for (let count = 0; count < 3; count++) {
    for await (const event of pool.call({ role: 'planning', prompt: 'hello', labels: { taskId: 'T' } })) {
      if (event.type !== 'call-end') continue;
      const rows = await tracker.calls({ taskId: 'T' });
      const row = rows.find(({ callId }) => callId === event.callId);
      expect(row).toMatchObject({
        status: 'ok',
        inputTokens: event.usage.inputTokens,
        outputTokens: event.usage.outputTokens,
      });
    }
  }
  const answered = ollama.log.filter(({ end, outputTokens }) => end === 'done' && outputTokens > 0);
  const usage = await tracker.taskUsage('T');
  expect(usage.calls).toBe(3);
  expect(usage.outputTokens).toBe(answered.reduce((sum, { outputTokens }) => sum + outputTokens, 0));
  expect(usage.inputTokens).toBe(answered.reduce((sum, { inputTokens }) => sum + inputTokens, 0));
  expect(await tracker.verify()).toMatchObject({ ok: true });
});
