import { writeFile } from 'node:fs/promises';
import { type GgufEntry, type GgufTensor, gguf } from './gguf-writer.js';

/** Options of {@link writeTinyGguf}. */
export interface TinyGgufOptions {
  /** Begin again after the last word instead of ending. @defaultValue false */
  readonly endless?: boolean;
  /** What the model answers: words, each used once; a full stop ends it. @defaultValue 'hello, this is a tiny model of tale.' */
  readonly sentence?: string;
  /** What it thinks before it answers: words that the sentence does not have. @defaultValue it does not think */
  readonly thinking?: string;
  /** Whether it takes tools: asked with some it calls one, and after the result it answers. @defaultValue false */
  readonly tools?: boolean;
}

const width = 64;
const hidden = 128;
const layers = 2;
const heads = 4;
const contextTokens = 2_048;
const endToken = 2;
const kind = { normal: 1, unknown: 2, control: 3, custom: 4, byte: 6 };
const letters = '▁abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789{}[]":,.!?-';
const thought = ['<think>', '</think>'] as const;
const toolTurn = '<|tools|>'; // the template ends with it where a function is to be called
const toolCall = '<tool_call>\n{"name": "';
const toolEnd = '</tool_call>';

/**
 * Writes a real GGUF of half a megabyte that llama.cpp loads. With temperature 0 it answers every prompt with one sentence: the
 * embeddings are random directions, and the row of the output matrix of each word is the embedding of the word before it.
 */
export async function writeTinyGguf(path: string, options: TinyGgufOptions = {}): Promise<void> {
  const thinking = options.thinking ? [thought[0], ...tokensOf(options.thinking), thought[1]] : [];
  const sentence = [...thinking, ...tokensOf(options.sentence ?? 'hello, this is a tiny model of tale.')];
  const vocabulary = vocabularyOf(sentence, options.tools ? [toolTurn, toolCall, toolEnd] : []);
  const idOf = new Map(vocabulary.map(([text], id) => [text, id]));
  const noise = gaussian(42);
  const small = (count: number) => Float32Array.from({ length: count }, () => 0.02 * noise());
  const rows = (make: (text: string) => number[]) => vocabulary.map(([text]) => make(text));

  // Dimension 0 marks what is no word of the sentence; after such a token comes the first word.
  const embedding = rows((text) =>
    Array.from({ length: width }, (_, at) =>
      at > 0 ? noise() : sentence.includes(text) || text === toolTurn || text === toolEnd ? 0 : 4,
    ),
  );
  const output = rows(() => [...small(width)]);
  const embeddingOf = (text: string | undefined) => embedding[idOf.get(text ?? '') ?? 0] ?? [];
  for (const [index, text] of sentence.entries()) {
    const begin = Array.from({ length: width }, (_, at) => (at === 0 ? 8 : 0));
    output[idOf.get(text) ?? 0] = index === 0 ? begin : [...embeddingOf(sentence[index - 1])];
  }
  const last = embeddingOf(sentence.at(-1));
  const add = (id: number, row: readonly number[], share = 1) => {
    output[id] = (output[id] ?? []).map((value, at) => value + (at === 0 ? 0 : share * (row[at] ?? 0)));
  };
  add(options.endless ? (idOf.get(sentence[0] ?? '') ?? 0) : endToken, last);
  if (options.tools) {
    output[idOf.get(toolCall) ?? 0] = [...embeddingOf(toolTurn)];
    add(endToken, embeddingOf(toolEnd));
  }
  add(idOf.get('"') ?? 0, last, 0.9); // within JSON it cannot end, and ends the text instead

  const ones = new Float32Array(width).fill(1);
  const tensors: GgufTensor[] = [
    ['token_embd.weight', [width, vocabulary.length], Float32Array.from(embedding.flat())],
    ['output_norm.weight', [width], ones],
    ['output.weight', [width, vocabulary.length], Float32Array.from(output.flat())],
  ];
  for (let layer = 0; layer < layers; layer++) {
    const add = (name: string, shape: number[], data: Float32Array) =>
      tensors.push([`blk.${layer}.${name}.weight`, shape, data]);
    for (const name of ['attn_norm', 'ffn_norm']) add(name, [width], ones);
    for (const name of ['attn_q', 'attn_k', 'attn_v', 'attn_output']) add(name, [width, width], small(width * width));
    for (const name of ['ffn_gate', 'ffn_up']) add(name, [width, hidden], small(width * hidden));
    add('ffn_down', [hidden, width], small(width * hidden));
  }
  await writeFile(path, gguf(metadataOf(vocabulary, templateOf(options)), tensors));
}

type Vocabulary = [text: string, score: number, kind: number][];

/** Words with a leading mark, punctuation of its own. */
function tokensOf(sentence: string): string[] {
  const pieces = sentence.match(/[A-Za-z0-9]+|[,.!?]/g) ?? [];
  return pieces.map((piece) => (/^[,.!?]$/.test(piece) ? piece : `▁${piece}`));
}

function vocabularyOf(sentence: readonly string[], marks: readonly string[]): Vocabulary {
  const bytes = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
  const words = [...new Set([...sentence, ...letters])];
  return [
    ['<unk>', 0, kind.unknown],
    ['<s>', 0, kind.control],
    ['</s>', 0, kind.control],
    ...bytes.map((text): Vocabulary[number] => [text, 0, kind.byte]),
    ...words.map((text, at): Vocabulary[number] => [
      ...([text, text.length > 1 ? -at - 1 : -1000 - at] as const),
      text.startsWith('<') ? kind.custom : kind.normal,
    ]),
    ...marks.map((text): Vocabulary[number] => [text, 0, kind.custom]),
  ];
}

/** A chat template; with tools in the form that most models have them. */
function templateOf({ tools, thinking }: TinyGgufOptions): string {
  const calls =
    '{% for call in message.tool_calls or [] %}{{ \'<tool_call>\\n{"name": "\' + call.function.name + \'", "arguments": \' }}' +
    "{{ call.function.arguments | tojson }}{{ '}\\n</tool_call>' }}{% endfor %}";
  const mark = (before: string) => `{% if tools and ${before}.role != 'tool' %}{{ '${toolTurn}' }}{% endif %}`;
  const thoughts =
    "{% if message.reasoning_content %}{{ '<think>' + message.reasoning_content + '</think>' }}{% endif %}";
  return [
    tools &&
      "{% if tools %}{{ '<|functions|>\\n' }}{% for tool in tools %}{{ tool | tojson }}{{ '\\n' }}{% endfor %}{% endif %}",
    "{% for message in messages %}{{ '<|' + message['role'] + '|>\\n' }}",
    tools && `{% if message.role == 'assistant' %}${mark('messages[loop.index0 - 1]')}{% endif %}`,
    thinking && thoughts,
    "{{ message['content'] }}",
    tools && calls,
    "{{ eos_token + '\\n' }}{% endfor %}",
    "{% if add_generation_prompt %}{{ '<|assistant|>\\n' }}",
    tools && mark('messages[-1]'),
    '{% endif %}',
  ]
    .filter((part) => part)
    .join('');
}

function metadataOf(vocabulary: Vocabulary, template: string): GgufEntry[] {
  return [
    ['general.architecture', 'text', 'llama'],
    ['general.name', 'text', 'tale-tiny'],
    ['general.file_type', 'uint32', 0],
    ['general.alignment', 'uint32', 32],
    ['llama.context_length', 'uint32', contextTokens],
    ['llama.embedding_length', 'uint32', width],
    ['llama.block_count', 'uint32', layers],
    ['llama.feed_forward_length', 'uint32', hidden],
    ['llama.attention.head_count', 'uint32', heads],
    ['llama.attention.head_count_kv', 'uint32', heads],
    ['llama.attention.layer_norm_rms_epsilon', 'float32', 1e-5],
    ['llama.rope.dimension_count', 'uint32', width / heads],
    ['llama.vocab_size', 'uint32', vocabulary.length],
    ['tokenizer.ggml.model', 'text', 'llama'],
    ['tokenizer.ggml.tokens', 'text', vocabulary.map(([text]) => text)],
    ['tokenizer.ggml.scores', 'float32', vocabulary.map(([, score]) => score)],
    ['tokenizer.ggml.token_type', 'int32', vocabulary.map(([, , type]) => type)],
    ['tokenizer.ggml.bos_token_id', 'uint32', 1],
    ['tokenizer.ggml.eos_token_id', 'uint32', endToken],
    ['tokenizer.ggml.unknown_token_id', 'uint32', 0],
    ['tokenizer.ggml.add_bos_token', 'bool', true],
    ['tokenizer.ggml.add_eos_token', 'bool', false],
    ['tokenizer.chat_template', 'text', template],
  ];
}

/** Normally distributed numbers that depend on `seed` alone (mulberry32, Box–Muller). */
function gaussian(seed: number): () => number {
  let state = seed | 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}
