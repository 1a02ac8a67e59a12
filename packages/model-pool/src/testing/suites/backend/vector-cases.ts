import assert from 'node:assert/strict';
import type { JsonObject } from '../../../types.js';
import { type BackendCase, capableCase } from './backend-case.js';
import { assertFailure, caseOptions, loadModel, unloadModel, userMessage } from './shared-requests.js';

const length = (vector: readonly number[]) => Math.hypot(...vector);
const questions = {
  isWeather: { type: 'noul', instructions: 'Is the text about the weather?' },
  language: { type: 'choice', instructions: 'Which language?', criteria: { english: null, german: null } },
  mood: { type: 'score', instructions: 'How is the mood?', criteria: ['bad', 'neutral', 'good'] },
};

const sum = (shares: unknown) =>
  Object.values(shares as Record<string, number>).reduce((total, share) => total + share, 0);

/** Vectors, probabilities and tokens. */
export const vectorCases: readonly BackendCase[] = [
  capableCase('embeddings', 'texts become vectors of length 1, in order', async ({ post, target }) => {
    const input = ['a cat', 'a long text about something else', 'a cat'];
    const { status, first } = await post('/api/embed', { model: target.embedModel, input });
    assert.equal(status, 200);
    const vectors = first.embeddings as number[][];
    assert.equal(vectors.length, 3);
    for (const vector of vectors) assert.ok(Math.abs(length(vector) - 1) < 0.01, `length ${length(vector)}`);
    const [one = [], , other = []] = vectors;
    const likeness = one.reduce((total, value, index) => total + value * (other[index] ?? 0), 0);
    assert.ok(likeness > 0.99, `the same text has the likeness ${likeness}`);
    assert.ok(Number(first.prompt_eval_count) > 0);
  }),
  capableCase('embeddings', 'one text is one vector, no text is none', async ({ post, target }) => {
    const { embedModel: model } = target;
    assert.equal(((await post('/api/embed', { model, input: 'a cat' })).first.embeddings as unknown[]).length, 1);
    const none = await post('/api/embed', { model, input: [] });
    assert.equal(none.status, 200);
    assert.deepEqual(none.first.embeddings, []);
  }),
  capableCase('embeddings', 'the older route gives one vector for one prompt', async ({ post, target }) => {
    const { first } = await post('/api/embeddings', { model: target.embedModel, prompt: 'a cat' });
    assert.ok((first.embedding as number[]).length > 1);
  }),
  capableCase(
    'systemone',
    'questions are answered with probabilities that sum up to 1',
    async ({ post, target: { model } }) => {
      const { status, first } = await post('/v1/systemone', { model, state: 'It rains.', questions });
      assert.equal(status, 200);
      const { isWeather, language, mood } = first.answers as Record<string, JsonObject>;
      assert.ok(Number(isWeather?.noul) >= 0 && Number(isWeather?.noul) <= 1);
      assert.ok(['english', 'german'].includes(String(language?.choice)));
      assert.ok(Math.abs(sum(language?.probabilities) - 1) < 0.01);
      assert.ok(Number(mood?.score) >= 0 && Number(mood?.score) <= 2);
      assert.ok(Math.abs(sum(mood?.probabilities) - 1) < 0.01);
      assert.ok(Number((first.usage as JsonObject).input_tokens) > 0);
    },
  ),
  capableCase('tokenize', 'a text is taken apart by the model that is loaded', async (session) => {
    const { post, target } = session;
    await loadModel(session);
    const { first } = await post('/tokenize', { model: target.model, content: 'Hello there, you.' });
    assert.ok((first.tokens as unknown[]).length > 1);
    await unloadModel(session);
    assertFailure(await post('/tokenize', { model: target.model, content: 'Hello' }), 404, /./);
  }),
  capableCase('tokenize', 'a chat is counted as its answer reports, and nothing is loaded for it', async (session) => {
    const { post, target } = session;
    const { model } = target;
    const messages = [{ role: 'system', content: 'You are polite.' }, ...userMessage('Say hello to the whole world.')];
    await loadModel(session);
    const counted = await post('/apply-template', { model, messages });
    assert.equal(counted.status, 200);
    const options = caseOptions({ num_predict: 2 });
    const { last } = await post('/api/chat', { model, messages, think: false, options });
    assert.equal(counted.first.tokens, last.prompt_eval_count);
    await unloadModel(session);
    assertFailure(await post('/apply-template', { model, messages }), 404, /./);
  }),
];
