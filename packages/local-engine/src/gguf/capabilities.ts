/** What a model's capabilities are read off. */
export interface CapabilityFacts {
  readonly architecture: string;
  /** The chat template, `null` when the file has none. */ readonly template: string | null;
  /** Metadata of the header, by whole keys. */ readonly metadata: Readonly<Record<string, unknown>>;
}

/** Architectures that read a text as a whole and write none. */
const encoders = /^(?:\w+-)?bert(?:-\w+)?$|^(?:eurobert|t5encoder|gemma-embedding)$/;

/**
 * What a model can do, by its header: `embedding` where it says how it pools or is an encoder, else `completion`, with `tools` and
 * `thinking` where its template knows them.
 */
export function deriveCapabilities({ architecture, template, metadata }: CapabilityFacts): string[] {
  const pooling = metadata[`${architecture}.pooling_type`];
  if ((typeof pooling === 'number' && pooling > 0) || encoders.test(architecture)) return ['embedding'];
  return [
    'completion',
    ...(takesTools(template ?? '') ? ['tools'] : []),
    ...(thinks(template ?? '') ? ['thinking'] : []),
  ];
}

/** Whether the template's code, not its text, reads the variable `tools`. */
function takesTools(template: string): boolean {
  const code = template.match(/\{[%{][\s\S]*?[%}]\}/g) ?? [];
  return code.some((part) => /\btools\b/.test(part.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, '')));
}

const thoughts = [
  '<think>',
  '<|think',
  '<seed:think>',
  '[THINK]',
  'enable_thinking',
  'reasoning_content',
  '<|channel|>',
];

function thinks(template: string): boolean {
  return thoughts.some((mark) => template.includes(mark));
}
