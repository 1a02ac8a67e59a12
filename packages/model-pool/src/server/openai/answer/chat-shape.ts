import type { ToolCall } from '../../../types.js';
import type { AnswerHead, AnswerShape } from './answer-shape.js';
import { answerUsage, finishReason } from './answer-usage.js';

const toolCallBody = ({ id, name, arguments: given }: ToolCall) => ({
  ...{ id, type: 'function' },
  function: { name, arguments: JSON.stringify(given) },
});

const headBody = (object: string, { requestId, model, createdSeconds }: AnswerHead) => ({
  id: `chatcmpl-${requestId}`,
  object,
  created: createdSeconds,
  model,
  system_fingerprint: null,
});

/** Answers of `POST /v1/chat/completions`; thinking is `reasoning_content`, as with other servers of local models. */
export const chatShape: AnswerShape = {
  whole(head, { text, thinking, toolCalls, end }) {
    const message = {
      role: 'assistant',
      content: text === '' && toolCalls.length > 0 ? null : text,
      refusal: null,
      ...(thinking === '' ? {} : { reasoning_content: thinking }),
      ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls.map(toolCallBody) }),
    };
    return {
      ...headBody('chat.completion', head),
      choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason(end) }],
      usage: answerUsage(end.usage),
    };
  },

  chunks(head, includesUsage) {
    // What every event repeats is written once: an event costs the JSON of its piece.
    const repeated = `data: ${JSON.stringify(headBody('chat.completion.chunk', head)).slice(0, -1)},"choices":[`;
    const rest = includesUsage ? '],"usage":null}\n\n' : ']}\n\n';
    const chunk = (delta: string, reason = 'null') =>
      `${repeated}{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${reason}}${rest}`;
    return {
      first: () => chunk('{"role":"assistant","content":"","refusal":null}'),
      text: (text) => chunk(`{"content":${JSON.stringify(text)}}`),
      thinking: (text) => chunk(`{"reasoning_content":${JSON.stringify(text)}}`),
      toolCall: (index, call) => chunk(JSON.stringify({ tool_calls: [{ index, ...toolCallBody(call) }] })),
      end: (reason) => chunk('{}', `"${reason}"`),
      usage: (usage) => (includesUsage ? `${repeated}],"usage":${JSON.stringify(answerUsage(usage))}}\n\n` : ''),
    };
  },
};
