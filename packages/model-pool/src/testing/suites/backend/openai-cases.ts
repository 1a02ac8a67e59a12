import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../../../types.js';
import { type BackendAnswer, type BackendCase, backendCase, capableCase } from './backend-case.js';
import { userMessage } from './shared-requests.js';

const chatPath = '/v1/chat/completions';

/** The objects of a stream of events, and whether it ended as it must. */
function eventsOf({ text }: BackendAnswer): { chunks: JsonObject[]; isDone: boolean } {
  const data = text
    .split(/\r?\n\r?\n/)
    .map((event) => /^data: ?(.*)$/m.exec(event)?.[1])
    .filter((value) => value !== undefined);
  const chunks = data.filter((value) => value !== '[DONE]').map((value) => JSON.parse(value) as JsonObject);
  return { chunks, isDone: data.at(-1) === '[DONE]' };
}

const choiceOf = ({ choices }: JsonObject) => ((choices as JsonObject[] | undefined)?.[0] ?? {}) as JsonObject;
const deltaOf = (chunk: JsonObject) => (choiceOf(chunk).delta ?? {}) as JsonObject;
const messageOf = (answer: JsonObject) => (choiceOf(answer).message ?? {}) as JsonObject;
const finishOf = (chunks: readonly JsonObject[]) =>
  chunks.map((chunk) => choiceOf(chunk).finish_reason).find((reason) => typeof reason === 'string');

function assertUsage(usage: unknown, mostTokens: number): void {
  const { prompt_tokens: read, completion_tokens: written } = (usage ?? {}) as JsonObject;
  assert.ok(Number.isInteger(read) && Number(read) > 0, `prompt_tokens ${String(read)}`);
  assert.ok(Number.isInteger(written) && Number(written) > 0 && Number(written) <= mostTokens, `completion ${written}`);
}

/** A failure in OpenAI's shape. */
function assertError({ status, first }: BackendAnswer, expected: number): void {
  assert.equal(status, expected);
  const { message, type } = (first.error ?? {}) as JsonObject;
  assert.equal(typeof message, 'string');
  assert.equal(typeof type, 'string');
}

const tools = [
  {
    type: 'function',
    function: {
      name: 'get_weather',
      description: 'Tells the weather of a city.',
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  },
];

/** Facts about OpenAI's API that the pool relies on, for every server that speaks it: Ollama and local-engine do beside their own. */
export const openAiCases: readonly BackendCase[] = [
  backendCase('the models are listed by their ids', async ({ send, target }) => {
    const { status, first } = await send('/v1/models');
    assert.equal(status, 200);
    assert.equal(first.object, 'list');
    assert.ok((first.data as JsonObject[]).some(({ id }) => id === target.model || id === `${target.model}:latest`));
  }),
  backendCase('a chat is one object unless a stream is asked for', async ({ post, target: { model } }) => {
    const { status, type, first } = await post(chatPath, { model, messages: userMessage('Say hello.'), max_tokens: 8 });
    assert.equal(status, 200);
    assert.match(type, /application\/json/);
    assert.equal(messageOf(first).role, 'assistant');
    assert.ok(String(messageOf(first).content).length > 0);
    assertUsage(first.usage, 8);
  }),
  backendCase(
    'a stream is events that end with [DONE], and tells no usage unasked',
    async ({ post, target: { model } }) => {
      const body = { model, messages: userMessage('Say hello.'), max_tokens: 8, stream: true };
      const answer = await post(chatPath, body);
      assert.match(answer.type, /text\/event-stream/);
      const { chunks, isDone } = eventsOf(answer);
      assert.ok(isDone);
      assert.ok(chunks.map((chunk) => deltaOf(chunk).content ?? '').join('').length > 0);
      assert.ok(['stop', 'length'].includes(String(finishOf(chunks))));
      assert.ok(chunks.every(({ usage }) => usage === undefined || usage === null));
    },
  ),
  backendCase('usage that is asked for comes in a chunk without choices', async ({ post, target: { model } }) => {
    const body = { model, messages: userMessage('Say hello.'), max_tokens: 8 };
    const answer = await post(chatPath, { ...body, stream: true, stream_options: { include_usage: true } });
    const { chunks, isDone } = eventsOf(answer);
    assert.ok(isDone);
    const told = chunks.filter(({ usage }) => usage !== undefined && usage !== null);
    assert.equal(told.length, 1);
    assert.deepEqual(told[0]?.choices, []);
    assertUsage(told[0]?.usage, 8);
  }),
  backendCase('max_tokens cuts the answer and says length', async ({ post, target: { model } }) => {
    const messages = userMessage('Count from one to one hundred in words.');
    const { first } = await post(chatPath, { model, messages, max_tokens: 3 });
    assert.equal(choiceOf(first).finish_reason, 'length');
    assert.equal((first.usage as JsonObject).completion_tokens, 3);
  }),
  backendCase('a body that is no JSON is a failure in its own shape', async ({ send }) => {
    const answer = await send(chatPath, { body: '{"model":' });
    assertError(answer, answer.status);
    assert.ok(answer.status >= 400);
  }),
  capableCase('model-names', 'a model that is not there is a 404', async ({ post }) => {
    assertError(await post(chatPath, { model: 'no-such-model:1b', messages: userMessage('Hello') }), 404);
  }),
  backendCase('a client that leaves a stream frees the slot', async ({ post, target: { model } }) => {
    const controller = new AbortController();
    const messages = userMessage('Write a very long story. [tokens=2000] [rate=50]');
    const left = post(chatPath, { model, messages, max_tokens: 2_000, stream: true }, controller.signal);
    left.catch(() => {});
    await sleep(150);
    controller.abort();
    await assert.rejects(left);
    const body = { model, messages: userMessage('Say hello. [tokens=4]'), max_tokens: 4 };
    assert.equal((await post(chatPath, body, AbortSignal.timeout(30_000))).status, 200);
  }),
  capableCase('schema', 'an answer with a schema keeps it', async ({ post, target: { model } }) => {
    const schema = {
      type: 'object',
      properties: { mood: { type: 'string', enum: ['good', 'bad'] } },
      required: ['mood'],
      additionalProperties: false,
    };
    const { first } = await post(chatPath, {
      model,
      messages: userMessage('How is the mood of: "What a lovely day"? Answer as JSON.'),
      response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } },
      max_tokens: 60,
    });
    const { mood } = JSON.parse(String(messageOf(first).content)) as JsonObject;
    assert.ok(['good', 'bad'].includes(String(mood)));
  }),
  capableCase('tools', 'the arguments of a tool are JSON in pieces of text, by index', async ({ post, target }) => {
    const answer = await post(chatPath, {
      model: target.toolModel,
      messages: userMessage('What is the weather in Paris? Use the tool. [tool get_weather {"city":"Paris"}]'),
      tools,
      stream: true,
      max_tokens: 200,
    });
    const { chunks, isDone } = eventsOf(answer);
    assert.ok(isDone);
    const parts = chunks.flatMap((chunk) => (deltaOf(chunk).tool_calls ?? []) as JsonObject[]);
    const first = parts.filter(({ index }) => index === 0);
    const called = first.map((part) => (part.function ?? {}) as JsonObject);
    assert.ok(first.some(({ id }) => typeof id === 'string' && id.length > 0));
    assert.equal(called.map(({ name }) => name ?? '').join(''), 'get_weather');
    const given = JSON.parse(called.map(({ arguments: text }) => text ?? '').join('')) as JsonObject;
    assert.equal(typeof given.city, 'string');
    assert.equal(finishOf(chunks), 'tool_calls');
  }),
  capableCase('embeddings', 'texts become vectors, by index', async ({ post, target }) => {
    const { status, first } = await post('/v1/embeddings', { model: target.embedModel, input: ['a cat', 'a dog'] });
    assert.equal(status, 200);
    const data = first.data as JsonObject[];
    assert.deepEqual(
      data.map(({ index }) => index),
      [0, 1],
    );
    for (const { embedding } of data) assert.ok((embedding as number[]).length > 1);
  }),
  capableCase('tokenize', 'a chat by its template has as many tokens as its usage tells', async (session) => {
    const { post, target } = session;
    const { model } = target;
    const messages = [{ role: 'system', content: 'You are polite.' }, ...userMessage('Say hello to the whole world.')];
    const thinking = { chat_template_kwargs: { enable_thinking: false } };
    const { first: answer } = await post(chatPath, { model, messages, ...thinking, max_tokens: 2 });
    const { first: template } = await post('/apply-template', { model, messages, ...thinking });
    assert.ok(String(template.prompt).includes('whole world'));
    const content = { content: template.prompt ?? '', add_special: true, parse_special: true };
    const { first } = await post('/tokenize', { model, ...content });
    const counted = template.tokens ?? (first.tokens as unknown[]).length;
    assert.equal(counted, (answer.usage as JsonObject).prompt_tokens);
  }),
];
