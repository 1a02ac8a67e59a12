import type { TaskState, TaskView } from '@tale/protocol';
import type { Report, ReportDimension } from '@tale/token-tracker/queries';

/** Which tasks to list. */
export interface ListQuery {
  readonly states: readonly string[];
  readonly sinceMs: number | null;
  readonly search: string | null;
  readonly limit: number;
  readonly cursor: string | null;
}

/** Which token counts to sum. */
export interface TokensQuery {
  readonly by: readonly ReportDimension[];
  readonly sinceMs: number | null;
  readonly untilMs: number | null;
  readonly taskId: string | null;
}

/** Tasks that a text may mean. */
export interface MatchView {
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'none';
  /** Newest first. */
  readonly tasks: readonly TaskView[];
  /** Ids near to the text, where nothing matched. */
  readonly suggestions: readonly string[];
}

/** Everything at a glance. */
export interface Overview {
  readonly tasks: Partial<Record<TaskState, number>>;
  readonly tokensToday: { readonly inputTokens: number; readonly outputTokens: number; readonly calls: number } | null;
}

/** Who answers reads: the gateway, or the data folder while it is down. */
export interface TaskSource {
  /** Whether the servers answer. */
  readonly isLive: boolean;
  /** When the files were last written, epoch ms, or `null`. */
  readonly asOfMs: number | null;
  overview(): Promise<Overview>;
  list(query: ListQuery): Promise<{ tasks: TaskView[]; next: string | null }>;
  match(text: string): Promise<MatchView>;
  /** By its whole id. */
  task(id: string): Promise<TaskView | null>;
  tokens(query: TokensQuery): Promise<Report>;
  close(): void;
}
