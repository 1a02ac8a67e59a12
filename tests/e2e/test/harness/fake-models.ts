import { type FakeOllama, type FakeOllamaOptions, type FakeRequest, startFakeOllama } from '@tale/model-pool/testing';

/** The small model of the fake, which talks. */
export const small = 'small:1b';
/** The large model of the fake, which works. */
export const large = 'large:3b';

/** A fake Ollama with a small and a large model, quick unless told otherwise. */
export function startFakeModels(options: FakeOllamaOptions = {}): Promise<FakeOllama> {
  const models = [
    { model: small, bytes: 200_000_000 },
    { model: large, bytes: 400_000_000 },
  ];
  return startFakeOllama({ models, ...options });
}

/**
 * A prompt with a script for the answer (see the fake's `[say …]`, `[tokens=…]`, `[rate=…]`) and another one for the
 * acknowledgement: the small model is shown the beginning alone, and of several scripts the fake plays the last one that it reads.
 */
export function scripted(answer: string, acknowledgement = '[tokens=2] [rate=1000]'): string {
  return `${acknowledgement} ${'Please be brief. '.repeat(20)}${answer}`;
}

/** Requests for text that came to a model so far; loads and the like are left out. */
export function textRequests({ log }: FakeOllama, model: string): FakeRequest[] {
  return log.filter(({ path, body }) => path === '/api/chat' && body?.model === model && hasText(body));
}

function hasText({ messages }: NonNullable<FakeRequest['body']>): boolean {
  return Array.isArray(messages) && messages.length > 0;
}
