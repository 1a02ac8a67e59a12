/** A loaded model that does nothing. */
export interface IdleModel {
  readonly name: string;
  /** How long it was asked to stay, `Infinity` = for ever. */
  readonly keepAliveMs: number;
  readonly lastUsedAtMs: number;
}

/**
 * The model to unload so that another fits: the one that was asked to stay shortest, of equals the one that was not used for
 * longest. One that stays for ever gives way only to one that does so too.
 */
export function chooseEviction(idle: readonly IdleModel[], wantedKeepAliveMs: number): string | null {
  const candidates = idle.filter(
    (model) => model.keepAliveMs !== Number.POSITIVE_INFINITY || wantedKeepAliveMs === Number.POSITIVE_INFINITY,
  );
  const order = (a: IdleModel, b: IdleModel) =>
    a.keepAliveMs === b.keepAliveMs ? a.lastUsedAtMs - b.lastUsedAtMs : a.keepAliveMs < b.keepAliveMs ? -1 : 1;
  return candidates.sort(order)[0]?.name ?? null;
}
