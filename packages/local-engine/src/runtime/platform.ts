/** Version of node-llama-cpp that the child is written for. */
export const runtimeVersion = '3.22.1';

const platforms: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'linux-arm': 'linux-armv7l',
  'linux-riscv64': 'linux-riscv64',
  'darwin-arm64': 'mac-arm64-metal',
  'darwin-x64': 'mac-x64',
  'win32-x64': 'win-x64',
  'win32-arm64': 'win-arm64',
};

/** Name of the binaries for a platform and architecture as Node names them, `null` where there are none. CPU only, but on macOS. */
export function platformPackage(platform: string, architecture: string): string | null {
  const name = platforms[`${platform}-${architecture}`];
  return name ? `@node-llama-cpp/${name}` : null;
}

/** Back ends for GPUs that are installed only when they are asked for: their binaries are large. */
export type RuntimeGpu = 'cuda' | 'vulkan';

/**
 * Names of the binaries for a platform, architecture and GPU.
 *
 * @returns `null` where there are none
 */
export function platformPackages(platform: string, architecture: string, gpu: RuntimeGpu | null): string[] | null {
  const name = platformPackage(platform, architecture);
  if (!name || gpu === null) return name ? [name] : null;
  if (architecture !== 'x64' || platform === 'darwin') return null;
  return [name, `${name}-${gpu}`, ...(gpu === 'cuda' ? [`${name}-cuda-ext`] : [])];
}

/**
 * Arguments of npm that install the runtime into the folder it runs in: without the 700 MB of optional packages, nothing is
 * executed. No `--prefix`: with it npm looks for the machine's settings (certificates, proxy, mirror) in another place. Without a
 * network it fails within a quarter of a minute, and says why also below an `npm --silent`.
 */
export function installArguments(platform: string, architecture: string, gpu: RuntimeGpu | null = null): string[] {
  return [
    'install',
    '--omit=optional',
    '--ignore-scripts',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--fetch-retries=1',
    '--fetch-retry-mintimeout=1000',
    '--fetch-retry-maxtimeout=5000',
    `node-llama-cpp@${runtimeVersion}`,
    ...(platformPackages(platform, architecture, gpu) ?? []).map((name) => `${name}@${runtimeVersion}`),
  ];
}

/** The command that a person would type. */
export function installCommand(directory: string, gpu: RuntimeGpu | null = null): string {
  return ['npm', ...installArguments(process.platform, process.arch, gpu), '--prefix', directory].join(' ');
}
