import type { CallTimes } from '../../runner/model-runner.js';
import type { RunnerResults } from '../../runner/protocol.js';
import { shortenVector } from '../vectors.js';
import { nanoseconds } from './text-shape.js';

/** The texts of `input` or `prompt`. An empty text is none, as in Ollama. */
export function readInput(input: string | readonly string[] | null | undefined): readonly string[] {
  return typeof input === 'string' ? (input === '' ? [] : [input]) : (input ?? []);
}

/** Answer of `/api/embed`. */
export function embedAnswer(
  model: string,
  { vectors, promptTokens, loadMs }: RunnerResults['embed'] & CallTimes,
  { dimensions, totalMs }: { dimensions: number | null; totalMs: number },
): object {
  return {
    model,
    embeddings: vectors.map((vector) => shortenVector(vector, dimensions)),
    total_duration: nanoseconds(Math.max(totalMs, loadMs)),
    load_duration: nanoseconds(loadMs),
    prompt_eval_count: promptTokens,
  };
}

/** Answer of `/api/embed` to a call without a text, which loads or unloads. */
export function emptyEmbedAnswer(model: string): object {
  return { model, embeddings: [] };
}
