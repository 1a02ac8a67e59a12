import type { RemotePool } from '@tale/model-pool/remote';
import { callLabels, toWellFormed } from '@tale/protocol';

/** Acknowledgements at once; beyond that a task gets none, since a late one helps nobody. */
const mostAtOnce = 4;
const longestMs = 15_000;
const longestPrompt = 300;

/** A very small model follows examples better than instructions. */
const examples = [
  ['Translate this letter into French.', 'I am on it: translating the letter into French.'],
  ['why is the sky blue?', 'I am on it: finding out why the sky is blue.'],
  ['Write a poem about rain', 'I am on it: writing a poem about rain.'],
  ['hi', 'I am on it: saying hi.'],
  ['Sort these numbers: 5 3 9', 'I am on it: sorting the numbers.'],
].flatMap(([task, answer]) => [
  { role: 'user', content: `Acknowledge this task: ${task}` } as const,
  { role: 'assistant', content: answer ?? '' } as const,
]);

/** Lets the small model say that the task was understood, while the large one begins. Its text goes out with the calls' events. */
export type Acknowledge = (taskId: string, prompt: string) => void;

export function createAcknowledge(pool: RemotePool, logFailure: (error: unknown) => void): Acknowledge {
  let running = 0;
  return (taskId, prompt) => {
    if (running >= mostAtOnce) return;
    running++;
    pool
      .generate({
        role: 'ux',
        messages: [
          ...examples,
          { role: 'user', content: `Acknowledge this task: ${toWellFormed(prompt.slice(0, longestPrompt))}` },
        ],
        maxOutputTokens: 32,
        temperature: 0,
        deadlineMs: longestMs,
        signal: AbortSignal.timeout(longestMs),
        labels: callLabels({ purpose: 'acknowledge', taskId, stepId: taskId }),
      })
      .catch(logFailure)
      .finally(() => running--);
  };
}
