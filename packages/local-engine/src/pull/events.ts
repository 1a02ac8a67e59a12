import type { SourceFailure } from '../errors.js';

/** What happens while a model is fetched. */
export type PullEvent =
  | { readonly type: 'source-start'; readonly source: string }
  | { readonly type: 'source-error'; readonly failure: SourceFailure }
  | { readonly type: 'progress'; readonly digest: string; readonly doneBytes: number; readonly totalBytes: number }
  | { readonly type: 'verify' }
  | { readonly type: 'manifest' };
