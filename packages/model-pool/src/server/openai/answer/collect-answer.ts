import type { ServerResponse } from 'node:http';
import { collectCall } from '../../../calls/collect-call.js';
import type { CallEvent } from '../../../events.js';
import { sendJson } from '../../http/send-json.js';
import { answerHeaders } from './answer-headers.js';
import type { AnswerShape } from './answer-shape.js';

/** Answers with a whole call. @throws ModelPoolError where it fails */
export async function collectAnswer(
  events: AsyncIterable<CallEvent>,
  response: ServerResponse,
  shape: AnswerShape,
  isOneTool: boolean,
): Promise<void> {
  const result = await collectCall(events);
  const { requestId, end } = result;
  const head = { requestId, model: end.model, createdSeconds: Math.floor(end.startedAtMs / 1000) };
  const toolCalls = isOneTool ? result.toolCalls.slice(0, 1) : result.toolCalls;
  sendJson(response, 200, shape.whole(head, { ...result, toolCalls }), answerHeaders(end, requestId));
}
