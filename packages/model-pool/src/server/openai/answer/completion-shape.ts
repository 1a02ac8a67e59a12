import type { AnswerHead, AnswerShape } from './answer-shape.js';
import { answerUsage, finishReason } from './answer-usage.js';

const headBody = ({ requestId, model, createdSeconds }: AnswerHead) => ({
  id: `cmpl-${requestId}`,
  object: 'text_completion',
  created: createdSeconds,
  model,
  system_fingerprint: null,
});

/** Answers of `POST /v1/completions`, which has no place for thinking and tools. */
export const completionShape: AnswerShape = {
  whole: (head, { text, end }) => ({
    ...headBody(head),
    choices: [{ text, index: 0, logprobs: null, finish_reason: finishReason(end) }],
    usage: answerUsage(end.usage),
  }),

  chunks(head, includesUsage) {
    const repeated = `data: ${JSON.stringify(headBody(head)).slice(0, -1)},"choices":[`;
    const rest = includesUsage ? '],"usage":null}\n\n' : ']}\n\n';
    const chunk = (text: string, reason = 'null') =>
      `${repeated}{"text":${JSON.stringify(text)},"index":0,"logprobs":null,"finish_reason":${reason}}${rest}`;
    return {
      first: () => '',
      text: (text) => chunk(text),
      thinking: () => '',
      toolCall: () => '',
      end: (reason) => chunk('', `"${reason}"`),
      usage: (usage) => (includesUsage ? `${repeated}],"usage":${JSON.stringify(answerUsage(usage))}}\n\n` : ''),
    };
  },
};
