import type { JsonObject } from '../../types.js';
import type { CountCall } from '../backend.js';
import { countRequest } from '../count-request.js';
import { readCount } from '../read-count.js';
import type { OptionalPart } from './refusals.js';
import { chatBody } from './request-body.js';

/** How a server counts: llama-server by template and tokenizer, vLLM in one question. */
export type CountRoute = 'template' | 'tokenize';

/** How the servers that call themselves so in their list count; `null` = others have no such route. */
export function countRouteOf(engine: string | null): CountRoute | null {
  if (engine === 'llamacpp') return 'template';
  return engine === 'vllm' ? 'tokenize' : null;
}

/** `POST` to what a server has beside its API. */
type Post = (path: string, body: JsonObject, signal: AbortSignal) => Promise<JsonObject>;

/**
 * Tokens of a prompt as the server would read it. `null` = it answers in another way than its kind.
 *
 * @see {@link https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md | llama-server}
 * @see {@link https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html#tokenizer-api | vLLM}
 */
export async function countTokens(
  post: Post,
  route: CountRoute,
  call: CountCall,
  refused: ReadonlySet<OptionalPart>,
): Promise<number | null> {
  const { signal } = call;
  const body = promptBody(call, refused);
  if (route === 'tokenize') return readCount((await post('/tokenize', body, signal)).count);
  const { prompt } = await post('/apply-template', body, signal);
  if (typeof prompt !== 'string') return null;
  // The template leaves the first token to the tokenizer, and its own marks are tokens.
  const { model } = call.profile;
  const { tokens } = await post(
    '/tokenize',
    { model, content: prompt, add_special: true, parse_special: true },
    signal,
  );
  return Array.isArray(tokens) ? tokens.length : null;
}

/** What of the body of a call its prompt is made of. */
function promptBody(call: CountCall, refused: ReadonlySet<OptionalPart>): JsonObject {
  const { stream, stream_options, max_tokens, max_completion_tokens, ...rest } = chatBody(countRequest(call), refused);
  return rest;
}
