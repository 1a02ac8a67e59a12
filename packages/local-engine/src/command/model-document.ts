import type { Manifest } from '../store/manifests.js';

/** An installed model for programs. */
export function modelDocument({ name, digest, bytes, installedAtMs, source, license, capabilities, gguf }: Manifest) {
  const { architecture, parameters, quantization, contextTokens } = gguf;
  return {
    ...{ name, digest, bytes, installedAt: new Date(installedAtMs).toISOString(), source, license, capabilities },
    ...{ architecture, parameters, quantization, contextTokens },
  };
}
