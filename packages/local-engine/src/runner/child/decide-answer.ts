import type { Decision, Question, RunnerCall, RunnerResults } from '../protocol.js';
import { type AnswerOptions, toEvaluationPriority } from './answer-options.js';
import type { ChatWrapper, LibraryAnswer, LibraryQuestion, LlamaDecisionContext, LlamaModel } from './llama.js';
import { exceeded, refuseOverlong } from './overlong-beginning.js';
import type { ThreadControl } from './thread-control.js';

/** Answers questions with probabilities. The context for them is made with the first call, and kept. */
export interface Decider {
  /** @throws RunnerFailure `context-exceeded`; the signal's reason */
  answer(call: Extract<RunnerCall, { kind: 'decide' }>, options: AnswerOptions): Promise<RunnerResults['decide']>;
}

const mostContextTokens = 4_096;

/** What a decider is made with. */
export interface DeciderOptions {
  readonly chatWrapper: ChatWrapper;
  readonly contextTokens: number;
  readonly batchTokens: number;
  readonly maxThreads: number;
  readonly threads: ThreadControl;
}

/** See {@link Decider}. One question at a time: each further one would take a context of its own. */
export function createDecider(model: LlamaModel, options: DeciderOptions): Decider {
  const { chatWrapper, batchTokens: batchSize, maxThreads, threads } = options;
  const contextSize = Math.min(options.contextTokens, mostContextTokens);
  let making: Promise<LlamaDecisionContext> | null = null;
  return {
    async answer({ state, questions }, { signal, priority, maxThreads: wanted }) {
      refuseOverlong([state, ...Object.values(questions).map(wordsOf)], contextSize, model.tokenizer);
      making ??= model.createDecisionContext({
        ...{ contextSize, batchSize, threads: maxThreads, parallelQuestions: 1, chatWrapper },
      });
      const context = await making.catch((error) => {
        making = null;
        throw error;
      });
      const work = threads.begin(wanted);
      work.onOther();
      const asked = Object.fromEntries(Object.entries(questions).map(([name, each]) => [name, toLibrary(each)]));
      const evaluationPriority = toEvaluationPriority(priority);
      try {
        const { answers, tokenUsage } = await context.decideWithMeta(state, asked, { signal, evaluationPriority });
        return {
          answers: Object.fromEntries(Object.entries(answers).map(([name, each]) => [name, fromLibrary(each)])),
          promptTokens: tokenUsage.input,
          outputTokens: tokenUsage.output,
        };
      } catch (error) {
        signal.throwIfAborted();
        // The library has no codes for its errors; this is what it says in each of these cases.
        if (!(error instanceof Error) || !/\bcontext\b/.test(error.message)) throw error;
        throw exceeded(contextSize, null);
      } finally {
        work.end();
      }
    },
  };
}

/** What a question has at least, whatever it is asked with. */
function wordsOf({ instructions, criteria }: Question): string {
  const choices = Array.isArray(criteria) ? criteria : Object.entries(criteria).flat();
  return [instructions, ...choices].join('\n');
}

function toLibrary(question: Question): LibraryQuestion {
  const { instructions: instruction } = question;
  switch (question.type) {
    case 'noul': {
      const { true: yes, false: no } = question.criteria;
      const criteria = yes === null && no === null ? {} : { criteria: { true: yes ?? 'yes', false: no ?? 'no' } };
      return { type: 'noul', instruction, ...criteria };
    }
    case 'choice':
      return { type: 'choice', instruction, criteria: question.criteria };
    case 'score':
      return { type: 'score', instruction, criteria: question.criteria };
  }
}

function fromLibrary(answer: LibraryAnswer): Decision {
  switch (answer.type) {
    case 'noul':
      return { type: 'noul', noul: answer.value };
    case 'choice':
      return { type: 'choice', choice: answer.choice, probabilities: answer.probabilities };
    case 'score':
      return { type: 'score', score: answer.score, probabilities: Object.fromEntries(answer.probabilities.entries()) };
  }
}
