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
  /** `together` = each has its own place; `swap` = one after the other; `single` = one model serves both; `refuse` = the memory does not hold both, and what does not fit is refused. */
  readonly mode: 'together' | 'swap' | 'single' | 'refuse';
  /** Whether both fit; `null` = their sizes or the limit are not known. */
  readonly fits: boolean | null;
  /** Why, for people. */
  readonly reason: string;
}

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;

/** How the models of `ux` and `planning` share the memory, by the numbers. */
export function chooseMode({ ux, planning, uxBytes, planningBytes, budgetBytes, maySwap }: ModeView): ModeChoice {
  if (ux !== null && ux === planning) return { mode: 'single', fits: null, reason: `${ux} serves both roles` };
  const together = (reason: string): ModeChoice => ({ mode: 'together', fits: null, reason });
  if (ux === null || planning === null) return together('there is one role');
  if (budgetBytes === null) return together('memory is not limited');
  if (uxBytes === null || planningBytes === null) return together('the size of a model is not known');
  const needed = `${ux} needs ${gigabytes(uxBytes)} and ${planning} ${gigabytes(planningBytes)} of ${gigabytes(budgetBytes)}`;
  if (uxBytes + planningBytes <= budgetBytes) return { mode: 'together', fits: true, reason: needed };
  const refuse = (why: string): ModeChoice => ({ mode: 'refuse', fits: false, reason: `${needed}: ${why}` });
  if (Math.max(uxBytes, planningBytes) > budgetBytes)
    return refuse(`${uxBytes > budgetBytes ? ux : planning} alone is too large and is refused`);
  if (!maySwap) return refuse(`${planning} is refused while ${ux} stays`);
  return { mode: 'swap', fits: false, reason: `${needed}: they take turns` };
}
