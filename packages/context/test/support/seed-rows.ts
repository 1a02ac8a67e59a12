import type { OpenStore } from '../../src/store/open-store.js';
import { sourceSha256 } from '../../src/summaries/source-sha256.js';

export interface Seed {
  readonly conversationId: string;
  readonly project: string;
  /** Stands in every text. */
  readonly canary: string;
  readonly messages: number;
}

/** A conversation of a project with rows of every kind, each with the canary in its text. */
export async function seedRows(store: OpenStore, seed: Seed): Promise<void> {
  const { conversationId, project, canary } = seed;
  const nums: number[] = [];
  await store.write((queries) =>
    queries.conversations.insert({
      id: conversationId,
      title: `title ${canary}`,
      isTitled: true,
      owner: 'local',
      project,
      folder: `folder ${canary}`,
      parentId: null,
      forkSeq: 0,
      isPrivate: false,
      createdAtMs: 1,
      updatedAtMs: 1,
      archivedAtMs: null,
      meta: { canary },
    }),
  );
  for (let index = 0; index < seed.messages; index++) {
    const padding = 'lorem ipsum dolor sit amet '.repeat((index * 7) % 300); // rows of all sizes, overflow pages too
    const row = await store.write(async (queries) => {
      const conversation = await queries.conversations.nextSeq(conversationId, 1);
      return queries.messages.insert({
        id: `${conversationId}-m${index}`,
        conversationId,
        seq: conversation!.lastSeq,
        role: index % 2 ? 'assistant' : 'user',
        text: `${padding}${canary} 東京${canary}都 ${index} ${padding}`,
        parts: { thinking: `thought ${canary}`, extra: { canary } },
        toolCallId: null,
        taskId: `task-${canary}`,
        callId: null,
        status: 'done',
        origin: 'user',
        process: null,
        createdAtMs: index,
      });
    });
    nums.push(row.num);
  }
  await store.write(async (queries) => {
    const covered = await queries.messages.range(conversationId, { fromSeq: 1, toSeq: 4 });
    await queries.counts.put(nums.map((num) => ({ num, tokenizer: `t-${canary}`, tokens: 5, exact: true })));
    const block = { text: `recalled ${canary}`, sources: [`${conversationId}-m0`], tokens: 3 };
    await queries.blocks.put({ conversationId, seq: 1, ...block });
    await queries.windows.put({
      conversationId,
      model: `model-${canary}`,
      epoch: 1,
      firstSeq: 1,
      pins: [canary],
      summaries: [canary],
      prefixSha256: '',
      baseTokens: 1,
      state: {},
      updatedAtMs: 1,
    });
    const summary = await queries.summaries.insert({
      id: `${conversationId}-s`,
      conversationId,
      level: 0,
      fromSeq: 1,
      toSeq: 4,
      kind: 'extract',
      text: `summary ${canary}`,
      tokens: 3,
      model: null,
      promptVersion: '1',
      sourceSha256: sourceSha256(covered),
      state: 'active',
      createdAtMs: 1,
    });
    const memory = await queries.memories.insert({
      id: `${conversationId}-y`,
      owner: 'local',
      project,
      kind: 'fact',
      text: `memory ${canary}`,
      quote: canary,
      sourceNum: nums[0]!,
      sourceId: `${conversationId}-m0`,
      origin: 'user',
      state: 'active',
      pinned: true,
      supersededBy: null,
      validFromMs: null,
      validToMs: null,
      createdAtMs: 1,
      usedAtMs: null,
      uses: 0,
    });
    const link = { conversationId, messageNum: nums[0]!, taskId: `task-${canary}`, createdAtMs: 1 };
    await queries.links.put({ ...link, kind: 'asked' });
    const vector = new Float32Array(new Uint8Array(Buffer.from(canary.padEnd(64).slice(0, 64))).buffer);
    const embedder = `e-${canary}`;
    await queries.vectors.put([
      { num: nums[0]!, kind: 'message', embedder, vector },
      { num: memory.num, kind: 'memory', embedder, vector },
      { num: summary.num, kind: 'summary', embedder, vector },
    ]);
    const job = { kind: 'summary', payload: { canary }, createdAtMs: 1 };
    await queries.jobs.add({ key: `summary:${conversationId}:1:4`, ...job });
  });
}
