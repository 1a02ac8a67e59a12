/** What a mode depends on. */
export interface ModeView {
  /** Name in the configuration of the model of `ux`; `null` = there is no such role. */
  readonly ux: string | null;
  /** Name in the configuration of the model of `planning`; `null` = there is no such role. */
  readonly planning: string | null;
  /** What the one of `ux` needs, bytes; `null` = not known, or not of this machine. */
  readonly uxBytes: number | null;
  /** What the one of `planning` needs, bytes; `null` = not known, or not of this machine. */
  readonly planningBytes: number | null;
  /** Memory for all models, bytes; `null` = not limited. */
  readonly budgetBytes: number | null;
  /** Whether the options allow `ux` to leave for `planning`. */
  readonly maySwap: boolean;
}

/** How the models of the roles share the memory. */
export interface ModeChoice {
  /** `together` = each has its own place; `swap` = one after the other; `single` = one model serves both. */
  readonly mode: 'together' | 'swap' | 'single';
  /** Whether both fit; `null` = their sizes or the limit are not known. */
  readonly fits: boolean | null;
  /** Why, for people. */
  readonly reason: string;
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

/** How the models of `ux` and `planning` share the memory, by the numbers. */
export function chooseMode({ ux, planning, uxBytes, planningBytes, budgetBytes, maySwap }: ModeView): ModeChoice {
  if (ux !== null && ux === planning) return { mode: 'single', fits: null, reason: `${ux} serves both roles` };
  const together = (fits: boolean | null, reason: string): ModeChoice => ({ mode: 'together', fits, reason });
  if (ux === null || planning === null) return together(null, 'there is one role');
  if (budgetBytes === null) return together(null, 'memory is not limited');
  if (uxBytes === null || planningBytes === null) return together(null, 'the size of a model is not known');
  const needed = `${ux} needs ${gigabytes(uxBytes)} and ${planning} ${gigabytes(planningBytes)} of ${gigabytes(budgetBytes)}`;
  if (uxBytes + planningBytes <= budgetBytes) return together(true, needed);
  if (!maySwap) return together(false, `${needed}: ${planning} is refused while ${ux} stays`);
  if (Math.max(uxBytes, planningBytes) > budgetBytes) return together(false, `${needed}: one alone does not fit`);
  return { mode: 'swap', fits: false, reason: `${needed}: they take turns` };
}
