import { skipReason } from '../skip-reason.js';
import type { BackendCapabilities, BackendTarget } from './backend-case.js';
import { backendCases } from './backend-cases.js';

/** What {@link runBackendSuite} works with. */
export interface BackendSuiteOptions {
  /** Starts the server; it is disposed of in the end. */
  readonly start: () => Promise<BackendTarget & Partial<AsyncDisposable>>;
  /** What it is capable of. */
  readonly capabilities: BackendCapabilities;
  /** Told after each case. */
  readonly onResult?: ((result: BackendCaseResult) => void) | undefined;
  /** Time for one case, ms. @defaultValue `120000` */
  readonly timeoutMs?: number | undefined;
}

/** How a case went. */
export interface BackendCaseResult {
  /** The case. */
  readonly name: string;
  /** How. */
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why it was skipped; `null` = it was not. */
  readonly reason: string | null;
  /** Why it failed; `null` = it did not. */
  readonly error: unknown;
}

async function within(timeoutMs: number, run: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    await Promise.race([run(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs all cases on one server, one after the other, and says how each went. Rejects only where the server does not start. */
export async function runBackendSuite(options: BackendSuiteOptions): Promise<BackendCaseResult[]> {
  const { start, capabilities, onResult = () => {}, timeoutMs = 120_000 } = options;
  const target = await start();
  const results: BackendCaseResult[] = [];
  try {
    for (const oneCase of backendCases) {
      const { name } = oneCase;
      const reason = skipReason(oneCase, capabilities);
      const result: BackendCaseResult =
        reason !== null
          ? { name, outcome: 'skipped', reason, error: null }
          : await within(timeoutMs, () => oneCase.run(target)).then(
              () => ({ name, outcome: 'passed', reason: null, error: null }),
              (error: unknown) => ({ name, outcome: 'failed', reason: null, error }),
            );
      results.push(result);
      onResult(result);
    }
  } finally {
    await target[Symbol.asyncDispose]?.();
  }
  return results;
}
