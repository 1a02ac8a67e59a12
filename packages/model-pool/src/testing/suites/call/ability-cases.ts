import assert from 'node:assert/strict';
import { type CallCase, type CallPort, collectEvents, endsOf } from './call-case.js';

const tools = [
  {
    name: 'get_weather',
    description: 'Tells the weather.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
];
/** Both marks: the fake of Ollama and the fake of Claude differ. */
const question = 'And in Paris? [tool get_weather {"city":"Paris"}] [call get_weather {"city":"Paris"}]';
const user = { role: 'user', content: question } as const;

/** A method that a port with the capability has. */
function method<Name extends 'embed' | 'decide'>(pool: CallPort, name: Name): NonNullable<CallPort[Name]> {
  const found = pool[name];
  assert.ok(found, `the port has no ${name}()`);
  return found.bind(pool) as NonNullable<CallPort[Name]>;
}

/** Tools, vectors and questions. */
export const abilityCases: readonly CallCase[] = [
  {
    name: 'a call of a tool is one event, and the reason of the end',
    needs: 'tools',
    async run({ pool }) {
      const { events, error } = await collectEvents(pool.call({ role: 'planning', messages: [user], tools }));
      assert.equal(error, null);
      const calls = events.filter((event) => event.type === 'tool-call');
      assert.equal(calls.length, 1);
      const [end] = endsOf(events);
      for (const { index, name, arguments: given, callId, id } of calls) {
        assert.deepEqual({ index, name, given }, { index: 0, name: 'get_weather', given: { city: 'Paris' } });
        assert.equal(callId, end?.callId);
        assert.ok(id.length > 0);
      }
      assert.equal(end?.status, 'ok');
      assert.equal(end?.finishReason, 'tool-calls');
      assert.ok((end?.usage.outputTokens ?? 0) > 0);
    },
  },
  {
    name: 'a collected call has the tools that are asked for, and their answer is answered',
    needs: 'tools',
    async run({ pool }) {
      const { toolCalls, text, end } = await pool.generate({ role: 'planning', messages: [user], tools });
      assert.equal(end.finishReason, 'tool-calls');
      assert.deepEqual(
        toolCalls.map(({ name, arguments: given }) => ({ name, given })),
        [{ name: 'get_weather', given: { city: 'Paris' } }],
      );
      const [asked] = toolCalls;
      const answered = await pool.generate({
        role: 'planning',
        messages: [
          user,
          { role: 'assistant', content: text, toolCalls },
          { role: 'tool', content: 'sunny', toolCallId: asked?.id ?? '', toolName: 'get_weather' },
        ],
        tools,
      });
      assert.equal(answered.end.finishReason, 'stop');
      assert.deepEqual(answered.toolCalls, []);
      assert.ok(answered.text.length > 0);
    },
  },
  {
    name: 'no tool is called where none may be',
    needs: 'tools',
    async run({ pool }) {
      const { toolCalls, end } = await pool.generate({
        role: 'planning',
        messages: [user],
        tools,
        toolChoice: 'none',
      });
      assert.deepEqual(toolCalls, []);
      assert.equal(end.finishReason, 'stop');
    },
  },
  {
    name: 'texts become as many vectors, in order',
    needs: 'embed',
    async run({ pool }) {
      const { embeddings, end } = await method(pool, 'embed')({ input: ['one', 'two', 'one'] });
      assert.equal(embeddings.length, 3);
      assert.deepEqual(embeddings[0], embeddings[2]);
      assert.notDeepEqual(embeddings[0], embeddings[1]);
      assert.equal(end.operation, 'embed');
      assert.equal(end.status, 'ok');
    },
  },
  {
    name: 'each question has an answer of its kind, whose probabilities sum up to 1',
    needs: 'decide',
    async run({ pool }) {
      const { answers, end } = await method(
        pool,
        'decide',
      )({
        state: 'Please sort my files.',
        questions: {
          isTask: { type: 'noul', instructions: 'Is it a task?' },
          kind: { type: 'choice', instructions: 'Which kind?', criteria: { files: null, mail: 'letters' } },
          size: { type: 'score', instructions: 'How large?', criteria: ['small', 'large'] },
        },
      });
      const { isTask, kind, size } = answers;
      assert.ok(isTask?.type === 'noul' && isTask.noul >= 0 && isTask.noul <= 1);
      assert.ok(kind?.type === 'choice' && ['files', 'mail'].includes(kind.choice));
      assert.ok(size?.type === 'score' && size.score >= 0 && size.score <= 1);
      for (const { probabilities } of [kind, size]) {
        const sum = Object.values(probabilities).reduce((total, share) => total + share, 0);
        assert.ok(Math.abs(sum - 1) < 0.01, `they sum up to ${sum}`);
      }
      assert.equal(end.operation, 'decide');
      assert.equal(end.status, 'ok');
    },
  },
];
