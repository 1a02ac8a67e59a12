import { McpTransportError } from '@tale/mcp-transport/light';
import { expect, it } from 'vitest';
import { documentOf, failureOf } from './harness/document.js';
import { large, textRequests } from './harness/fake-models.js';
import type { Tale } from './harness/tale.js';
import { useTale } from './harness/use-tale.js';

const installed = useTale();

/** What is stored of a task's prompt. */
function storedPrompt(tale: Tale, taskId: string): string {
  const database = tale.database();
  try {
    const row = database.prepare('select payload from task_task where id = ?').get(taskId) as { payload: string };
    return (JSON.parse(row.payload) as { prompt: string }).prompt;
  } finally {
    database.close();
  }
}

/** Hands over what is on stdin and resolves with the stored prompt. */
async function storedOf(stdin: string | Uint8Array): Promise<string> {
  const { code, stdout, stderr } = await installed().run(['submit', '--detach', '-'], { stdin });
  expect(code, stderr).toBe(0);
  return storedPrompt(installed(), stdout.trim());
}

it('E2E-PROMPT-1 E2E-EXIT-2 refuses a prompt without content before anything is started or stored', async () => {
  const tale = installed();
  const before = documentOf(await tale.run(['list', '--json']), 'tale.list/1').tasks.length;
  const refusals = [
    await tale.run(['submit', '--json', '']),
    await tale.run(['submit', '--json', ' \n\t ']),
    await tale.run(['submit', '--json', '-'], { stdin: '' }),
  ];
  for (const refused of refusals) {
    expect(refused.code).toBe(2);
    expect(failureOf(refused).code).toBe('prompt-empty');
  }
  const missing = await tale.run(['submit', '--json', '--no-input']);
  expect(missing.code).toBe(2);
  expect(failureOf(missing).code).toBe('usage');
  expect(documentOf(await tale.run(['list', '--json']), 'tale.list/1').tasks).toHaveLength(before);
});

it('E2E-PROMPT-2 E2E-EXIT-2 takes 100,000 characters and refuses one more', async () => {
  const tale = installed();
  expect(await storedOf('x'.repeat(100_000))).toHaveLength(100_000);
  const refused = await tale.run(['submit', '--json', '-'], { stdin: 'x'.repeat(100_001) });
  expect(refused.code).toBe(2);
  expect(failureOf(refused)).toMatchObject({ code: 'prompt-too-long', details: { limitCharacters: 100_000 } });
  const huge = await tale.run(['submit', '--json', '-'], { stdin: 'x'.repeat(10_000_000) });
  expect(failureOf(huge).code).toBe('prompt-too-long');
  const direct = tale.call('submit_task', { prompt: 'x'.repeat(100_001) });
  await expect(direct).rejects.toMatchObject({ envelope: { code: 'prompt-too-long' } });
});

it('E2E-PROMPT-3 stores NUL, half characters and bytes that are no UTF-8 as U+FFFD', async () => {
  const tale = installed();
  expect(await storedOf('before\0after')).toBe('before\uFFFDafter');
  expect(await storedOf(Buffer.from([0x61, 0xff, 0x62, 0xc3]))).toBe('a\uFFFDb\uFFFD');
  expect(await storedOf(Buffer.from([0x61, 0xed, 0xa0, 0x80, 0x62]))).toMatch(/^a\uFFFD+b$/);
  const { taskId } = await tale.call<{ taskId: string }>('submit_task', { prompt: 'a\uD800b\0' });
  expect(storedPrompt(tale, taskId)).toBe('a\uFFFDb\uFFFD');
});

it('E2E-PROMPT-4 keeps markup, SQL and every script of the world as they are', async () => {
  const tale = installed();
  const schemaOf = () => {
    const database = tale.database();
    try {
      return database.prepare('select name, sql from sqlite_master order by name').all();
    } finally {
      database.close();
    }
  };
  const before = schemaOf();
  const prompts = [
    `<script>alert(1)</script> & "quotes' <b>`,
    `'; drop table task_task; --`,
    `" or 1=1; delete from task_task where '' = '`,
    '%s %d $HOME $(id) `id` \\n',
    '你好 مرحبا שלום 👩‍👩‍👧‍👦 e\u0301',
    '{"__proto__": {"polluted": true}}',
  ];
  for (const prompt of prompts) {
    const stdout = (await tale.run(['submit', '--detach', '--', prompt])).stdout.trim();
    expect(storedPrompt(tale, stdout)).toBe(prompt);
    expect(documentOf(await tale.run(['status', stdout, '--json']), 'tale.status/1').title).toBe(prompt);
  }
  const found = documentOf(await tale.run(['list', '--search', "'; drop table", '--json']), 'tale.list/1');
  expect(found.tasks.map(({ title }: { title: string }) => title)).toEqual([prompts[1]]);
  expect(schemaOf()).toEqual(before);
  await expect
    .poll(() =>
      textRequests(tale.fake, large).some(({ body }) => JSON.stringify(body).includes('<script>alert(1)</script>')),
    )
    .toBe(true);
});

it('E2E-PROMPT-5 refuses arguments that a tool does not know', async () => {
  const wrong = installed().call('submit_task', { prompt: 'hello', command: 'rm -rf /' });
  await expect(wrong).rejects.toSatisfy((error) => McpTransportError.isInstance(error));
});
