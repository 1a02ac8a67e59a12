import type { Decision, Question, RunnerResults } from '../../runner/protocol.js';

/** Answer of `POST /v1/systemone`. A `confidence` is the probability of the likeliest. */
export function systemoneAnswer(
  model: string,
  questions: Readonly<Record<string, Question>>,
  { answers, promptTokens, outputTokens }: RunnerResults['decide'],
): object {
  return {
    model,
    answers: Object.fromEntries(
      Object.entries(answers).map(([name, decision]) => [name, answerOf(decision, questions[name])]),
    ),
    usage: { input_tokens: promptTokens, output_tokens: outputTokens },
  };
}

function answerOf(decision: Decision, question: Question | undefined): object {
  if (decision.type === 'noul') return decision;
  const confidence = Math.max(0, ...Object.values(decision.probabilities));
  if (decision.type === 'choice') {
    const { type, choice, probabilities } = decision;
    return { type, choice, probabilities, confidence };
  }
  const { type, score, probabilities } = decision;
  const legend = Object.fromEntries(question?.type === 'score' ? Object.entries(question.criteria) : []);
  return { type, score, legend, probabilities, confidence };
}
