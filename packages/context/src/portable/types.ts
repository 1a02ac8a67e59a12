import type { CallOptions } from '../types.js';

/** How to export. */
export interface ExportOptions extends CallOptions {
  /** `json` for `import`, `markdown` for people. */
  readonly format: 'json' | 'markdown';
  /**
   * Leaves the text of messages and memories out and keeps their order, roles and times.
   *
   * @defaultValue false
   */
  readonly redact?: boolean | undefined;
  /**
   * `sourced`: memories that rest on a message of the export; `all`: every memory of the owner, also what was added by hand. JSON alone
   * holds memories, and none with `redact`.
   *
   * @defaultValue `'sourced'`
   */
  readonly memories?: 'sourced' | 'all' | undefined;
  /** Whose memories `all` means; `local` if left out. */
  readonly owner?: string | undefined;
}

/** How to import. */
export interface ImportOptions extends CallOptions {
  /**
   * Only checks.
   *
   * @defaultValue false
   */
  readonly dryRun?: boolean | undefined;
  /** Gives what is imported to this owner; `local` if left out. */
  readonly owner?: string | undefined;
}

/** What an import did. */
export interface ImportReport {
  /** Whether nothing was written. */
  readonly dryRun: boolean;
  /** Conversations that came new. */
  readonly conversations: number;
  /** Messages that came new. */
  readonly messages: number;
  /** Memories that came new. */
  readonly memories: number;
  /** Summaries that came new. */
  readonly summaries: number;
  /** Rows that were there already. */
  readonly known: number;
}
