import type { TextCall } from '../../../runner/protocol.js';
import type { Manifest } from '../../../store/manifests.js';
import { type OpenaiTextBody, readSampling } from '../../../wire/openai/sampling.js';
import type { OpenaiHead } from '../../../wire/openai/text-shape.js';
import type { TextShape } from '../../../wire/text-shape.js';
import { answerText } from '../../answer-text.js';
import type { RouteParts, RouteRequest } from '../../route.js';

type Chat = Extract<TextCall, { kind: 'chat' }>;

/** What tells one of OpenAI's text routes from the other. */
export interface OpenaiTextJob {
  readonly body: OpenaiTextBody;
  readonly manifest: Manifest;
  readonly asked: Pick<Chat, 'messages' | 'tools' | 'think' | 'format' | 'maxTokens'>;
  /** What the ids of its answers begin with. */ readonly idPrefix: string;
  shape(head: OpenaiHead): TextShape;
}

/** Makes the call of one of OpenAI's text routes and writes its answer. */
export function answerOpenaiText(job: OpenaiTextJob, request: RouteRequest, parts: RouteParts): Promise<void> {
  const { body, manifest, asked, idPrefix, shape } = job;
  const head: OpenaiHead = {
    id: `${idPrefix}-${parts.createId()}`,
    model: body.model,
    createdAtMs: parts.clock.now(),
    includesUsage: body.stream_options?.include_usage ?? false,
  };
  return answerText(
    {
      manifest,
      call: { kind: 'chat', truncate: true, sampling: readSampling(body), ...asked },
      wishes: { keepAliveMs: null },
      shape: shape(head),
      isStream: body.stream ?? false,
    },
    request,
    parts,
  );
}
