import { describe, expect, it } from 'vitest';
import { deriveCapabilities } from '../../src/gguf/capabilities.js';

const of = (template: string | null, metadata: Record<string, unknown> = {}) =>
  deriveCapabilities({ architecture: 'llama', template, metadata });

describe('capabilities of a model', () => {
  it.each<[string, string | null, string[]]>([
    ['no template', null, []],
    ['a plain template', "{% for message in messages %}{{ message['content'] }}{% endfor %}", []],
    ['tools that the template reads', '{%- if tools %}{{ tools | tojson }}{% endif %}', ['tools']],
    ['tools in a longer condition', '{% if not (tools is none) and x %}{% endif %}', ['tools']],
    ['the word in a text of the template', '{{ \'You have no tools.\' }} tools {% if x == "tools" %}{% endif %}', []],
    ['the word as a part of another', '{% if my_tools or toolset %}{% endif %}', []],
    ['thoughts', "{{ '<think>' }}{% if enable_thinking %}{% endif %}", ['thinking']],
    ['channels', '{{ "<|start|>assistant<|channel|>analysis" }}', ['thinking']],
    ['both', '{% if tools %}{% endif %}{{ message.reasoning_content }}', ['tools', 'thinking']],
  ])('are read off %s', (_, template, more) => {
    expect(of(template)).toEqual(['completion', ...more]);
  });

  it('are vectors alone where the header says how it pools', () => {
    expect(of('{% if tools %}{% endif %}', { 'llama.pooling_type': 1 })).toEqual(['embedding']);
    expect(of(null, { 'llama.pooling_type': 0 })).toEqual(['completion']);
    expect(of(null, { 'bert.pooling_type': 1 })).toEqual(['completion']);
  });

  it.each([
    ...['bert', 'nomic-bert', 'nomic-bert-moe', 'jina-bert-v2', 'jina-bert-v3', 'modern-bert', 'neo-bert', 'eurobert'],
    ...['t5encoder', 'gemma-embedding'],
  ])('are vectors alone for the encoder %s, whatever else the header says', (architecture) => {
    expect(deriveCapabilities({ architecture, template: '{{ tools }}', metadata: {} })).toEqual(['embedding']);
  });

  it.each(['llama', 'qwen3', 'gemma3', 't5', 'albertina', 'bertie'])('are text for the decoder %s', (architecture) => {
    expect(deriveCapabilities({ architecture, template: null, metadata: {} })).toEqual(['completion']);
  });
});
