/** For each capability `true`, or the reason why it is missing. */
export type Capabilities<Name extends string> = Readonly<Record<Name, true | string>>;

/** Why a case is not for who has these capabilities; `null` = it is. */
export function skipReason<Name extends string>(
  { needs }: { readonly needs: Name | null },
  capabilities: Capabilities<Name>,
): string | null {
  if (needs === null) return null;
  const has = capabilities[needs];
  return has === true ? null : `${needs}: ${has}`;
}
