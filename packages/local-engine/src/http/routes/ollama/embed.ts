import { embedAnswer, emptyEmbedAnswer, readInput } from '../../../wire/ollama/embed.js';
import { parseKeepAlive } from '../../../wire/ollama/keep-alive.js';
import { readOptions } from '../../../wire/ollama/options.js';
import { embeddingsRequest, embedRequest } from '../../../wire/ollama/requests.js';
import { readRequest } from '../../../wire/read-request.js';
import { shortenVector } from '../../../wire/vectors.js';
import { toCallOptions } from '../../call-wishes.js';
import type { Route, RouteParts, RouteRequest } from '../../route.js';
import { logIgnored } from './log-ignored.js';
import { changeResidency } from './residency.js';

/** POST `/api/embed`. */
export const embedRoute: Route = async (request, parts) => {
  const startMs = performance.now();
  const body = readRequest(embedRequest, request.body);
  const result = await embed({ ...body, input: readInput(body.input) }, request, parts);
  if (result === null) return request.answer.json(emptyEmbedAnswer(body.model));
  const facts = { dimensions: body.dimensions ?? null, totalMs: performance.now() - startMs };
  request.answer.json(embedAnswer(body.model, result, facts));
};

/** POST `/api/embeddings`, the older route: one text, one vector. Of several texts, the first one's. */
export const embeddingsRoute: Route = async (request, parts) => {
  const body = readRequest(embeddingsRequest, request.body);
  const result = await embed({ ...body, input: readInput(body.prompt).slice(0, 1) }, request, parts);
  const [vector = []] = result?.vectors ?? [];
  request.answer.json({ embedding: shortenVector(vector, body.dimensions ?? null) });
};

interface EmbedBody {
  readonly model: string;
  readonly input: readonly string[];
  readonly truncate?: boolean | null | undefined;
  readonly options?: Readonly<Record<string, unknown>> | null | undefined;
  readonly keep_alive?: unknown;
}

/** Returns `null` where there is no text: the model was loaded, or unloaded. */
async function embed(body: EmbedBody, request: RouteRequest, parts: RouteParts) {
  const options = readOptions(body.options);
  const wishes = { keepAliveMs: parseKeepAlive(body.keep_alive), options };
  const manifest = await parts.models.find(body.model);
  logIgnored(parts.logger, manifest.name, { options: options.unknown });
  if (body.input.length === 0) {
    await changeResidency(manifest, wishes, request, parts);
    return null;
  }
  return parts.models
    .runner(manifest)
    .call(
      { kind: 'embed', input: body.input, truncate: body.truncate ?? true },
      toCallOptions(wishes, manifest, request, parts.models),
    );
}
