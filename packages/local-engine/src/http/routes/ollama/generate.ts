import type { ChatMessage, TextCall } from '../../../runner/protocol.js';
import { readFormat } from '../../../wire/answer-format.js';
import { demandAbilities } from '../../../wire/capabilities.js';
import { parseKeepAlive } from '../../../wire/ollama/keep-alive.js';
import { readOptions } from '../../../wire/ollama/options.js';
import { generateRequest } from '../../../wire/ollama/requests.js';
import { type OllamaHead, ollamaText, residencyAnswer } from '../../../wire/ollama/text-shape.js';
import { readThink } from '../../../wire/ollama/think.js';
import { invalidRequest, readRequest } from '../../../wire/read-request.js';
import { answerText } from '../../answer-text.js';
import type { Route } from '../../route.js';
import { logIgnored } from './log-ignored.js';
import { changeResidency } from './residency.js';

/** POST `/api/generate`. */
export const generateRoute: Route = async (request, parts) => {
  const body = readRequest(generateRequest, request.body);
  const { sampling, maxTokens, ...options } = readOptions(body.options);
  const wishes = { keepAliveMs: parseKeepAlive(body.keep_alive), options };
  const prompt = body.prompt ?? '';
  const think = readThink(body.think);
  const format = readFormat(body.format);
  if (body.raw && (body.system || body.template || isGiven(body.context))) {
    throw invalidRequest('raw mode does not support template, system, or context');
  }
  const manifest = await parts.models.find(body.model);
  demandAbilities(body.model, parts.models.capabilities(manifest), {
    generate: prompt !== '',
    insert: Boolean(body.suffix),
    vision: Boolean(body.images?.length),
    template: Boolean(body.template),
    thinking: think === true,
    logprobs: body.logprobs === true,
  });
  logIgnored(parts.logger, manifest.name, { options: options.unknown, context: body.context });
  const head: OllamaHead = { route: 'generate', model: body.model, now: () => parts.clock.now() };
  if (prompt === '') {
    return request.answer.json(residencyAnswer(head, await changeResidency(manifest, wishes, request, parts)));
  }
  const shared = { format, sampling, maxTokens };
  const system: ChatMessage[] = body.system ? [{ role: 'system', content: body.system }] : [];
  const messages: ChatMessage[] = [...system, { role: 'user', content: prompt }];
  const call: TextCall = body.raw
    ? { kind: 'raw', prompt, ...shared }
    : { kind: 'chat', messages, truncate: body.truncate ?? true, tools: [], think, ...shared };
  await answerText({ manifest, call, wishes, shape: ollamaText(head), isStream: body.stream ?? true }, request, parts);
};

/** Ollama sends the tokens of the last answer as `context`; none are as good as nothing. */
function isGiven(context: unknown): boolean {
  return Array.isArray(context) ? context.length > 0 : context !== undefined && context !== null;
}
