import { expectTypeOf } from 'vitest';
import {
  builtInCatalog,
  type CatalogEntry,
  createLocalEngine,
  type FirstRunCandidates,
  type FirstRunPair,
  firstRunCandidates,
  type InstalledRuntime,
  installRuntime,
  type LocalEngine,
  LocalEngineError,
  type LocalEngineErrorCode,
  type LocalEngineOptions,
  pullFirstRunPair,
  type SourceDriver,
  type SourceFailure,
  systemSources,
} from '../src/index.js';
import { ensureRuntime, type FakeRunners, fakeRunners, fileEntry, writeTinyGguf } from '../src/testing/index.js';

expectTypeOf(createLocalEngine).toEqualTypeOf<(options: LocalEngineOptions) => Promise<LocalEngine>>();
expectTypeOf<LocalEngine['url']>().toEqualTypeOf<string>();
expectTypeOf<LocalEngine['close']>().toEqualTypeOf<() => Promise<void>>();
expectTypeOf(builtInCatalog).returns.toEqualTypeOf<readonly CatalogEntry[]>();
expectTypeOf(firstRunCandidates).returns.toEqualTypeOf<FirstRunCandidates>();
expectTypeOf(pullFirstRunPair).returns.toEqualTypeOf<Promise<FirstRunPair>>();
expectTypeOf(installRuntime).returns.toEqualTypeOf<Promise<InstalledRuntime>>();
expectTypeOf(systemSources).returns.toEqualTypeOf<SourceDriver[]>();
expectTypeOf<LocalEngineError['code']>().toEqualTypeOf<LocalEngineErrorCode>();
expectTypeOf<LocalEngineError['attempts']>().toEqualTypeOf<readonly SourceFailure[]>();
expectTypeOf(LocalEngineError.isInstance).guards.toEqualTypeOf<LocalEngineError>();
expectTypeOf(writeTinyGguf).returns.toEqualTypeOf<Promise<void>>();
expectTypeOf(ensureRuntime).toEqualTypeOf<(folder: string) => Promise<string>>();
expectTypeOf(fakeRunners).returns.toEqualTypeOf<FakeRunners>();
expectTypeOf(fileEntry).returns.toEqualTypeOf<Promise<CatalogEntry>>();
