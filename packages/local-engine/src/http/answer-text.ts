import type { TextCall } from '../runner/protocol.js';
import type { Manifest } from '../store/manifests.js';
import type { TextShape } from '../wire/text-shape.js';
import { type CallWishes, toCallOptions } from './call-wishes.js';
import type { RouteParts, RouteRequest } from './route.js';

/** A call that is answered with text, ready to be made. */
export interface TextJob {
  readonly manifest: Manifest;
  readonly call: TextCall;
  readonly wishes: CallWishes;
  readonly shape: TextShape;
  readonly isStream: boolean;
}

/** Names the keywords of a schema that the answer does not keep. */
const unenforcedHeader = 'x-tale-format-unenforced';

/** Makes the call and writes its answer. */
export async function answerText(job: TextJob, request: RouteRequest, { models }: RouteParts): Promise<void> {
  const { manifest, call, wishes, shape, isStream } = job;
  const { answer } = request;
  const startMs = performance.now();
  let text = '';
  let thinking = '';
  let hasBegun = false;
  const begin = () => {
    if (hasBegun) return;
    hasBegun = true;
    for (const body of shape.begin()) answer.part(body);
  };
  const outcome = await models.runner(manifest).call(call, {
    ...toCallOptions(wishes, manifest, request, models),
    onText(piece) {
      if (isStream) {
        begin();
        answer.part(shape.delta(piece));
      } else if (piece.isThinking) thinking += piece.text;
      else text += piece.text;
    },
    onUnenforced: (keywords) => answer.header(unenforcedHeader, keywords.join(', ')),
  });
  const end = { outcome, totalMs: performance.now() - startMs };
  if (!isStream) return answer.json(shape.document({ text, thinking }, end));
  begin();
  for (const body of shape.end(end)) answer.part(body);
  answer.end();
}
