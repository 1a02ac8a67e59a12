import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const colours = ['amber', 'crimson', 'teal', 'violet', 'ochre', 'indigo', 'maroon', 'olive'];
const things = ['ladder', 'teapot', 'saddle', 'lantern', 'anchor', 'violin', 'barrel', 'compass'];
const towns = ['Graz', 'Porto', 'Leeds', 'Turin', 'Malmo', 'Ghent', 'Basel', 'Cadiz'];

interface Query {
  id: string;
  conversation: string;
  split: 'tune' | 'test';
  type: string;
  text: string;
  evidence: string[];
}

/** What a folder of data may differ in. */
export interface FixtureOptions {
  /** Marks the evidence of another question. */
  readonly isShuffled?: boolean;
  /** Lines that are no rows, added to the conversations. */
  readonly brokenLines?: number;
  readonly manifest?: object | null;
  readonly windows?: readonly number[];
}

/** Writes a folder of made-up conversations: 3 of 24 messages, 22 questions. */
export async function writeFixture(folder: string, options: FixtureOptions = {}): Promise<void> {
  await mkdir(folder, { recursive: true });
  const conversations = [];
  const queries: Query[] = [];
  for (let number = 0; number < 3; number++) {
    const id = `talk-${number}`;
    const messages = [];
    for (let turn = 0; turn < 12; turn++) {
      const fact = turn % 2 === 0;
      const index = (turn / 2 + number * 3) % 8;
      const [colour, thing, town] = [colours[index], things[(index + number) % 8], towns[(index * 3 + number) % 8]];
      const text =
        turn === 1
          ? `Always name the town when I ask about a ${things[number]}.`
          : fact
            ? `I keep the ${colour} ${thing} in ${town}.`
            : `Tell me something nice about day ${turn}.`;
      messages.push({ id: `${turn * 2}`, role: 'user', text });
      messages.push({
        id: `${turn * 2 + 1}`,
        role: 'assistant',
        text: `That is fine. ${'Some words to fill the window with. '.repeat(8)}`,
      });
      if (fact)
        queries.push({
          id: `${id}/q${turn}`,
          conversation: id,
          split: number % 2 ? 'test' : 'tune',
          type: 'fact',
          text: `Where do I keep the ${colour} ${thing}?`,
          evidence: [`${turn * 2}`],
        });
    }
    queries.push({
      id: `${id}/pin`,
      conversation: id,
      split: 'tune',
      type: 'instruction',
      text: `Can you help me with a ${things[number]}?`,
      evidence: ['2'],
    });
    conversations.push({ id, split: number % 2 ? 'test' : 'tune', unknown: true, sessions: [{ id: 's', messages }] });
  }
  queries.push({
    id: 'absent',
    conversation: 'talk-0',
    split: 'tune',
    type: 'absent',
    text: 'Where do I keep the silver kettle?',
    evidence: [],
  });
  if (options.isShuffled) {
    queries.forEach((query, index) => {
      if (query.type === 'fact') query.evidence = [`${(index * 13 + 5) % 24}`];
    });
  }
  const lines = (rows: readonly object[]) => `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;
  const broken = '{"id": "broken"\n'.repeat(options.brokenLines ?? 0);
  await writeFile(join(folder, 'conversations.made.jsonl'), lines(conversations) + broken);
  await writeFile(join(folder, 'queries.made.jsonl'), lines(queries));
  const manifest = options.manifest ?? {
    format: 'tale-context-eval/1',
    sets: {
      made: {
        factTypes: ['fact'],
        pinTypes: ['instruction'],
        abstainTypes: ['absent'],
        window: options.windows ?? [3_072],
      },
    },
  };
  if (options.manifest !== null) await writeFile(join(folder, 'manifest.json'), JSON.stringify(manifest));
}
