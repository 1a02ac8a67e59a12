import type { JsonObject } from '../../types.js';

const units: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

function readBytes(text: string | undefined): number | null {
  const [, amount, unit] = /^([\d.]+) (B|KiB|MiB|GiB)$/.exec(text ?? '') ?? [];
  return unit === undefined ? null : Math.round(Number(amount) * (units[unit] ?? 1));
}

/**
 * Ollama tells only by words that a model does not fit the memory: its status is the 500 of every load that fails. This is the
 * one place that knows these words. Returns the sizes that stand in them, to a tenth of their unit; `null` = it is about
 * something else.
 *
 * @see https://github.com/ollama/ollama/blob/v0.11.10/llm/server.go `StartLlamaServer`; since 0.30 `llm/llama_server.go` `WaitUntilRunning`
 */
export function readMemoryRefusal(message: string): JsonObject | null {
  if (message.startsWith('llama-server reported out-of-memory during startup')) return {};
  const words = /^model requires more system memory(?: \(([^)]*)\))? than is available(?: \(([^)]*)\))?/.exec(message);
  if (words === null) return null;
  const [needBytes, availableBytes] = [readBytes(words[1]), readBytes(words[2])];
  return {
    ...(needBytes === null ? {} : { needBytes }),
    ...(availableBytes === null ? {} : { availableBytes }),
  };
}
