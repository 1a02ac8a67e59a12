import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { seededRandom } from '@tale/test-kit';
import { expect, it } from 'vitest';
import type { ModelMessage } from '../../src/types.js';
import type { WindowSummary } from '../../src/window/window-data.js';
import { call, piece, pin, recallLines, Simulation, summary } from './simulation.js';

const turns = 200;

/** Conversations of different kinds: talk, long answers, tools, pasted texts, a tiny window. */
const conversations = [
  { name: 'talk', contextTokens: 4_096, user: 60, answer: 120, tools: 0, paste: 0 },
  { name: 'long answers', contextTokens: 8_192, user: 40, answer: 900, tools: 0, paste: 0 },
  { name: 'tools', contextTokens: 8_192, user: 40, answer: 80, tools: 0.6, paste: 0 },
  { name: 'pasted texts', contextTokens: 4_096, user: 60, answer: 200, tools: 0.1, paste: 0.1 },
  { name: 'tiny', contextTokens: 768, user: 20, answer: 60, tools: 0.1, paste: 0.02 },
];

function summaries(firstSeq: number): WindowSummary[] {
  const made: WindowSummary[] = [];
  for (let from = 1; from + 9 < firstSeq; from += 10) made.push(summary(from, from + 9, 70));
  for (let from = 1; from + 39 < firstSeq; from += 40) made.push(summary(from, from + 39, 110, 1));
  return made;
}

it.each(conversations)('the bytes of 200 turns: $name', async ({ name, contextTokens, user, answer, tools, paste }) => {
  const random = seededRandom(name.length);
  const simulation = new Simulation(contextTokens, {
    system: piece('You are a helpful assistant. Answer in plain words.'),
    rule: { kind: 'estimate', share: 0.1 },
    pins: [pin(1, 12), pin(2, 20, 'preference'), pin(3, 15, 'fact')],
    summaries,
  });
  const all = createHash('sha256');
  const epochs: string[] = [];
  let last: readonly ModelMessage[] = [];
  const fit = (turn: number, recall: readonly number[]) => {
    const { plan, messages } = simulation.fit(recallLines(...recall));
    const sha256 = createHash('sha256').update(JSON.stringify(messages)).digest('hex');
    all.update(sha256);
    last = messages;
    if (plan.epochReason === null) return;
    const steps = plan.steps.map(({ what }) => what).join(' ');
    epochs.push(
      `turn ${turn} epoch ${plan.draft.epoch} from ${plan.draft.firstSeq} tokens ${plan.totalTokens} ${sha256.slice(0, 12)} ${steps}`.trim(),
    );
  };
  for (let turn = 0; turn < turns; turn++) {
    const isPaste = random() < paste;
    simulation.append('user', Math.ceil((isPaste ? 6_000 : user) * (0.2 + random() * 1.6)));
    fit(turn, turn % 5 === 0 ? [40, 60] : []);
    while (random() < tools) {
      const id = `c${simulation.messages.length}`;
      simulation.append('assistant', 0, { toolCalls: [call(id)] });
      simulation.append('tool', Math.ceil(random() ** 3 * 3_000) + 1, { toolCallId: id, toolName: 'read_file' });
      fit(turn, []);
    }
    simulation.append('assistant', Math.ceil(answer * (0.2 + random() * 1.6)));
  }
  const shown = last.map(
    ({ role, content, toolCalls }) =>
      `${role}${toolCalls ? ` calls ${toolCalls.map(({ id }) => id).join()}` : ''}: ${short(content)}`,
  );
  const golden = [
    `sha256 of all prompts ${all.digest('hex')}`,
    '',
    ...epochs,
    '',
    'The last prompt:',
    ...shown,
    '',
  ].join('\n');
  await expect(golden).toMatchFileSnapshot(join(import.meta.dirname, 'golden', `${name.replaceAll(' ', '-')}.txt`));
});

/** Enough of a text to see what it is. */
function short(text: string): string {
  const flat = text.replaceAll('\n', '⏎');
  return flat.length <= 240 ? flat : `${flat.slice(0, 120)} … ${flat.slice(-100)}`;
}
