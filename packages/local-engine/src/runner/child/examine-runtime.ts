import type { FromRunner } from '../protocol.js';
import type { LlamaExaminer, LlamaModule } from './llama.js';

/** Which binaries the runtime would take, the best first: Metal, CUDA, Vulkan, the CPU. Nothing is loaded. */
export async function examineRuntime(
  module: LlamaModule,
): Promise<Omit<Extract<FromRunner, { type: 'examined' }>, 'type'>> {
  const { getLlama, getLlamaGpuTypes, getModuleVersion } = module as unknown as LlamaExaminer;
  const quiet = { build: 'never', skipDownload: true, progressLogs: false, logLevel: 'error' } as const;
  const [version, gpus, { gpu }] = await Promise.all([
    getModuleVersion(),
    getLlamaGpuTypes('supported'),
    getLlama({ gpu: 'auto', dryRun: true, ...quiet }),
  ]);
  return { version, gpu: gpu || null, drivers: gpus.filter((type) => type !== false) };
}
