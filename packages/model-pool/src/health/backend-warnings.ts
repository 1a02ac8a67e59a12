import type { BackendWarning } from '../status.js';

/** What a warning depends on. */
export interface BackendWarningView {
  /** Kind, such as `ollama`. */
  readonly kind: string;
  /** Version of the API; `null` = not known. */
  readonly version: string | null;
  /** Name of an engine other than the API's own. */
  readonly engine: string | null;
  /** Whether other machines can reach it; `null` = not known. */
  readonly isBeyondLoopback: boolean | null;
}

/** Ollama before this lets a model's file escape its folder. */
const safeVersion = [0, 35, 0] as const;

function isBelow(version: string, least: readonly number[]): boolean {
  const parts = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  if (parts === undefined) return false;
  for (const [index, part] of parts.entries()) {
    const other = least[index] ?? 0;
    if (part !== other) return part < other;
  }
  return false;
}

/** What is unsafe about a server as it is; another engine with Ollama's API is not Ollama. */
export function chooseWarnings({ kind, version, engine, isBeyondLoopback }: BackendWarningView): BackendWarning[] {
  if (kind !== 'ollama' || engine !== null) return [];
  const warnings: BackendWarning[] = [];
  if (version !== null && isBelow(version, safeVersion)) {
    const message = `Ollama ${version} lets a crafted model write outside its folder: update it to ${safeVersion.join('.')}`;
    warnings.push({ code: 'version-unsafe', message });
  }
  if (isBeyondLoopback === true) {
    const message = 'other machines can reach this Ollama, which asks for no password: bind it to 127.0.0.1';
    warnings.push({ code: 'bound-beyond-loopback', message });
  }
  return warnings;
}
