import { expect, it } from 'vitest';
import { startUxAgent } from '../support/ux-agent.js';

type Agent = Awaited<ReturnType<typeof startUxAgent>>;

async function filled(agent: Agent, messages: number): Promise<void> {
  await agent.context.conversations.create({ id: 'trip', project: 'travel' });
  for (let at = 0; at < messages; at++)
    await agent.context.messages('trip').append({ role: at % 2 === 0 ? 'user' : 'assistant', text: `train ${at}` });
}

const importText = (agent: Agent, body: string, query = '') =>
  agent.fetch(`/v1/conversations/import${query}`, { method: 'POST', body });

it('exports what it imports', async () => {
  await using agent = await startUxAgent();
  await filled(agent, 30);
  const text = await (await agent.fetch('/v1/conversations/export?id=trip')).text();
  expect(JSON.parse(text)).toMatchObject({ format: 'tale.conversation/1', rows: { length: 31 } });
  await using other = await startUxAgent();
  expect(await (await importText(other, text, '?dryRun=true')).json()).toMatchObject({ dryRun: true, messages: 30 });
  expect((await other.context.conversations.list()).conversations).toEqual([]);
  expect(await (await importText(other, text)).json()).toMatchObject({ dryRun: false, messages: 30, known: 0 });
  expect(await (await importText(other, text)).json()).toMatchObject({ messages: 0, known: 31 });
  expect(await (await other.fetch('/v1/conversations/export?id=trip')).text()).toBe(text);
});

it('exports all of them, those of a project, Markdown, and without texts', async () => {
  await using agent = await startUxAgent();
  await filled(agent, 2);
  await agent.context.conversations.create({ id: 'other' });
  const text = async (query: string) => (await agent.fetch(`/v1/conversations/export${query}`)).text();
  const ids = async (query: string) =>
    JSON.parse(await text(query)).rows.flatMap(({ type, id }: { type: string; id: string }) =>
      type === 'conversation' ? [id] : [],
    );
  expect((await ids('')).sort()).toEqual(['other', 'trip']);
  expect(await ids('?project=travel')).toEqual(['trip']);
  expect(await text('?id=trip&format=markdown')).toContain('train 0');
  expect(await text('?id=trip&redact=true')).not.toContain('train');
});

it('exports memories that were added by hand with all conversations, and imports them', async () => {
  await using agent = await startUxAgent();
  await agent.context.memories.add({ text: 'Prices in euros.' });
  await filled(agent, 2);
  const text = async (query: string) => (await agent.fetch(`/v1/conversations/export${query}`)).text();
  expect(await text('?id=trip')).not.toContain('euros');
  expect(await text('?project=travel')).not.toContain('euros');
  await using other = await startUxAgent();
  expect(await (await importText(other, await text(''))).json()).toMatchObject({ messages: 2, memories: 1 });
  expect((await other.context.memories.list()).map((memory) => memory.text)).toEqual(['Prices in euros.']);
});

it('says what is wrong with an export that cannot be', async () => {
  await using agent = await startUxAgent();
  const unknown = await agent.fetch('/v1/conversations/export?id=none');
  expect([unknown.status, await unknown.json()]).toMatchObject([404, { error: { code: 'not-found' } }]);
  const odd = await agent.fetch('/v1/conversations/export?format=pdf');
  expect([odd.status, await odd.json()]).toMatchObject([400, { error: { code: 'invalid-request' } }]);
});

it('takes in more than a tool may carry, as it arrives', async () => {
  await using agent = await startUxAgent();
  await filled(agent, 1);
  const [conversation, message] = JSON.parse(await (await agent.fetch('/v1/conversations/export?id=trip')).text()).rows;
  await agent.context.conversations.delete('trip', { forks: 'delete' });
  async function* rows() {
    yield Buffer.from(`{"format":"tale.conversation/1","rows":[\n${JSON.stringify(conversation)}`);
    for (let seq = 1; seq <= 12; seq++) {
      yield Buffer.from(`,\n${JSON.stringify({ ...message, id: `m${seq}`, seq, text: 'x'.repeat(500_000) })}`);
    }
    yield Buffer.from('\n]}\n');
  }
  const body = ReadableStream.from(rows()) as unknown as NonNullable<RequestInit['body']>;
  const answer = await agent.fetch('/v1/conversations/import', { method: 'POST', body, duplex: 'half' });
  expect(await answer.json()).toMatchObject({ conversations: 1, messages: 12 });
});

it('answers a file that is broken at its beginning, however much of it follows, and writes nothing', async () => {
  await using agent = await startUxAgent();
  const broken = `{"format":"tale.conversation/1","rows":[\n{nonsense}\n${'x'.repeat(20_000_000)}`;
  const answer = await importText(agent, broken);
  expect([answer.status, await answer.json()]).toMatchObject([
    400,
    { error: { code: 'invalid-import', source: 'ux-agent', details: { path: 'rows[0]' } } },
  ]);
  const newer = await importText(agent, '{"format":"tale.conversation/2","rows":[\n]}\n');
  expect([newer.status, await newer.json()]).toMatchObject([400, { error: { details: { path: 'format' } } }]);
  expect((await agent.context.conversations.list()).conversations).toEqual([]);
});

it('stops at a client that leaves, and has nothing of a file that never ended', async () => {
  await using agent = await startUxAgent();
  const controller = new AbortController();
  async function* endless() {
    yield Buffer.from('{"format":"tale.conversation/1","rows":[\n');
    for (let sent = 0; !controller.signal.aborted; sent++) {
      await new Promise((resolve) => setImmediate(resolve));
      yield Buffer.from('\n');
      if (sent === 100) controller.abort();
    }
  }
  const body = ReadableStream.from(endless()) as unknown as NonNullable<RequestInit['body']>;
  const { signal } = controller;
  const sent = agent.fetch('/v1/conversations/import', { method: 'POST', body, duplex: 'half', signal });
  await expect(sent).rejects.toThrow();
  expect((await agent.conversations({ action: 'list' })).conversations).toEqual([]);
});

it('finds what an argument of the command line means', async () => {
  await using agent = await startUxAgent();
  const { memory } = await agent.context.memories.add({ text: 'x' });
  const conversation = await agent.context.conversations.create();
  expect(await agent.read(`/v1/memories/match?id=${memory.id.slice(-6).toLowerCase()}`)).toMatchObject({
    kind: 'suffix',
    memories: [{ memoryId: memory.id }],
  });
  for (const [id, kind] of [
    [conversation.id, 'exact'],
    [conversation.id.slice(0, 12), 'prefix'],
  ] as const)
    expect(await agent.read(`/v1/conversations/match?id=${id}`)).toMatchObject({
      kind,
      conversations: [{ conversationId: conversation.id }],
    });
  expect(await agent.read('/v1/memories/match?id=zzzz')).toEqual({ kind: 'none', memories: [] });
  for (const id of ['', 'x'.repeat(201)])
    await expect(agent.read(`/v1/memories/match?id=${id}`)).rejects.toMatchObject({ status: 400 });
});
