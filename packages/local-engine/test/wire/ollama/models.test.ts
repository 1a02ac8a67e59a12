import { expect, it } from 'vitest';
import { runningLine, showAnswer, tagLine } from '../../../src/wire/ollama/models.js';
import { pullLine } from '../../../src/wire/ollama/pull-lines.js';
import { manifestOf, statusOf } from '../manifest.js';

const details = {
  ...{ parent_model: '', format: 'gguf', family: 'qwen2', families: ['qwen2'] },
  ...{ parameter_size: '494.03M', quantization_level: 'Q4_K_M' },
};

it('a model in /api/tags', () => {
  expect(tagLine(manifestOf(), ['completion', 'tools'])).toEqual({
    ...{ name: 'qwen:0.5b', model: 'qwen:0.5b', modified_at: '2026-11-30T12:00:00.000Z', size: 491_400_032 },
    ...{ digest: 'a'.repeat(64), details, capabilities: ['completion', 'tools'] },
  });
});

it('a model in /api/ps', () => {
  expect(runningLine(manifestOf(), statusOf())).toMatchObject({
    ...{ name: 'qwen:0.5b', model: 'qwen:0.5b', size: 700_000_000, digest: 'a'.repeat(64), details },
    ...{ expires_at: '2026-11-30T12:05:00.000Z', context_length: 4_096 },
  });
});

it('memory of a GPU is a part of the size', () => {
  expect(runningLine(manifestOf(), statusOf({ vramBytes: 300_000_000 }))).toMatchObject({
    ...{ size: 1_000_000_000, size_vram: 300_000_000 },
  });
});

it('a model that stays for ever expires in 2318', () => {
  const line = runningLine(manifestOf(), statusOf({ expiresAtMs: Number.POSITIVE_INFINITY }));
  expect(line).toMatchObject({ expires_at: '2318-01-01T00:00:00.000Z' });
});

it('the answer of /api/show', () => {
  expect(showAnswer(manifestOf(), ['completion'])).toEqual({
    ...{ license: 'Apache-2.0', modelfile: '', parameters: '', template: '{{ messages }}', details },
    ...{ model_info: { 'general.architecture': 'qwen2' }, capabilities: ['completion'], base_bytes: 910_425_144 },
    modified_at: '2026-11-30T12:00:00.000Z',
  });
});

it('a model without licence and template has empty ones', () => {
  const { gguf, ...rest } = manifestOf();
  const answer = showAnswer({ ...rest, license: null, gguf: { ...gguf, template: null } }, []);
  expect(answer).toMatchObject({ license: '', template: '' });
});

it('the lines of a pull', () => {
  const digest = 'b'.repeat(64);
  const failure = { source: 'npm', code: 'source-unreachable', message: 'no network', retryable: true } as const;
  expect([
    pullLine({ type: 'source-start', source: 'npm' }),
    pullLine({ type: 'source-error', failure }),
    pullLine({ type: 'progress', digest, doneBytes: 5, totalBytes: 9 }),
    pullLine({ type: 'verify' }),
    pullLine({ type: 'manifest' }),
  ]).toEqual([
    { status: 'pulling manifest', source: 'npm' },
    { status: 'source npm failed: no network', ...failure },
    { status: 'pulling bbbbbbbbbbbb', digest: `sha256:${digest}`, total: 9, completed: 5 },
    { status: 'verifying sha256 digest' },
    { status: 'writing manifest' },
  ]);
});
