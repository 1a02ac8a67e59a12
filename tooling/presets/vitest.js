import { defineConfig } from 'vitest/config';
import { FailuresReporter } from './failures-reporter.js';

/**
 * Tests of one workspace package, run from source.
 *
 * @param {string} name shown before each test
 * @param {import('vitest/config').ViteUserConfig['test']} [extra] options of one package on top
 */
export function project(name, extra = {}) {
  const { coverage, ...rest } = extra ?? {};
  const resolve = { conditions: ['@tale/source'] };
  return defineConfig({
    ssr: { resolve },
    environments: { __vitest__: { resolve } }, // where global setups run
    test: {
      name,
      include: ['test/**/*.test.ts'],
      testTimeout: 30_000,
      hookTimeout: 60_000,
      pool: 'forks',
      reporters: ['default', new FailuresReporter('coverage/failures.txt')],
      coverage: {
        enabled: true,
        provider: 'v8',
        include: ['src/**/*.ts'],
        reporter: ['text-summary', 'json-summary'],
        thresholds: { statements: 90 },
        ...coverage,
      },
      ...rest,
    },
  });
}
