import { memorySize } from '../../memory/available.js';
import { installCommand, platformPackage } from '../../runtime/platform.js';
import type { FolderFacts, MachineFacts, PortFacts, RuntimeFacts, SourceFacts, StoreFacts } from './facts.js';

/** What was found about one thing that serving needs. */
export interface Check {
  readonly name: 'node' | 'runtime' | 'memory' | 'threads' | 'folder' | 'catalog' | 'models' | 'sources' | 'port';
  /** `warning`: it works, but not as well as it could. */ readonly state: 'ok' | 'warning' | 'failed';
  readonly told: string;
  /** What to do next, `null` = nothing. */ readonly next: string | null;
}

type Verdict = Omit<Check, 'name'>;

const mebibyte = 2 ** 20;
const leastNode = [20, 19] as const;
/** The smallest model of the catalogue with its context, and a model that is of use. */
const memory = { least: 300 * mebibyte, some: 1_024 * mebibyte };
/** The smallest pull, and one of the first run. */
const disk = { least: 300 * mebibyte, some: 2_048 * mebibyte };

const ok = (told: string): Verdict => ({ state: 'ok', told, next: null });
const warning = (told: string, next: string): Verdict => ({ state: 'warning', told, next });
const failed = (told: string, next: string): Verdict => ({ state: 'failed', told, next });

/** What the facts mean: one verdict each, in the order in which a person would mend them. */
export function judgeMachine(facts: MachineFacts): Check[] {
  return [
    { name: 'node', ...judgeNode(facts.node) },
    { name: 'folder', ...judgeFolder(facts.folder) },
    { name: 'runtime', ...judgeRuntime(facts.runtime) },
    { name: 'memory', ...judgeMemory(facts.memory.availableBytes) },
    { name: 'threads', ...judgeThreads(facts.threads) },
    { name: 'catalog', ...judgeCatalog(facts.catalogProblem) },
    { name: 'models', ...judgeStore(facts.store, facts.folder) },
    { name: 'sources', ...judgeSources(facts.sources, facts.store.models) },
    { name: 'port', ...judgePort(facts.port) },
  ];
}

function judgeNode({ version, platform, architecture }: MachineFacts['node']): Verdict {
  const told = `${version} on ${platform}-${architecture}`;
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  if (major < leastNode[0] || (major === leastNode[0] && minor < leastNode[1])) {
    return failed(told, `install Node ${leastNode.join('.')} or later`);
  }
  if (platformPackage(platform, architecture)) return ok(told);
  return failed(
    `${told}, for which there are no binaries`,
    'use another machine, or a project with its own node-llama-cpp',
  );
}

function judgeFolder({ path, isThere, isWritable, isOpenToOthers, freeBytes, heldBy }: FolderFacts): Verdict {
  const free = freeBytes === null ? '' : `, ${memorySize(freeBytes)} free`;
  const told = `${path}${isThere ? '' : ' (made when it is needed)'}${free}`;
  if (!isWritable) return failed(`${told}, not writable`, `make it writable, or take another: --data-dir <folder>`);
  if (freeBytes !== null && freeBytes < disk.least)
    return failed(told, 'free some space, or take another disk: --data-dir');
  if (isOpenToOthers) return warning(`${told}, open to other users`, `chmod 700 ${path}`);
  if (freeBytes !== null && freeBytes < disk.some)
    return warning(told, 'free some space before larger models are pulled');
  return ok(heldBy === null ? told : `${told}, held by process ${heldBy}`);
}

function judgeRuntime(runtime: RuntimeFacts): Verdict {
  if (!('binaries' in runtime)) {
    if (runtime.code === 'runtime-missing') return failed('not installed', 'local-engine install-runtime');
    return failed(`it does not start: ${runtime.message}`, `install it again: ${installCommand('<data-dir>/runtime')}`);
  }
  const { version, gpu, drivers } = runtime.binaries;
  const told = `node-llama-cpp ${version}, computes on the CPU${gpu ? `, with --gpu auto on ${gpu}` : ''}`;
  const [best] = drivers;
  if (best === undefined || best === gpu) return ok(told);
  return warning(
    `${told}; this machine has drivers for ${best}`,
    `to use it: local-engine install-runtime --gpu ${best}`,
  );
}

function judgeMemory(availableBytes: number): Verdict {
  const told = `${memorySize(availableBytes)} for models`;
  if (availableBytes < memory.least) return failed(told, 'close other programs, or raise the limit of the container');
  if (availableBytes < memory.some) return warning(told, 'only the smallest models fit: close other programs');
  return ok(told);
}

function judgeThreads({ cores, quotaCores, threads }: MachineFacts['threads']): Verdict {
  const told = `${threads} of ${cores} cores${quotaCores === null ? '' : `, quota ${quotaCores}`}`;
  return quotaCores !== null && quotaCores < 1
    ? warning(told, 'less than one core is granted: raise the CPU limit of the container')
    : ok(told);
}

function judgeCatalog(problem: string | null): Verdict {
  return problem === null ? ok('readable') : failed(problem, 'correct the file, or remove it');
}

function judgeStore(store: StoreFacts, { path }: FolderFacts): Verdict {
  const { models, bytes, damaged, unused, unfinishedBytes, rejected } = store;
  const told = models === 0 ? 'none' : `${models}, ${memorySize(bytes)}`;
  const [first] = damaged;
  if (first !== undefined) return failed(`${told}; damaged: ${damaged.join(', ')}`, `local-engine pull ${first}`);
  if (rejected.length > 0) {
    return warning(
      `${told}; ${rejected.length} put aside: the hash was wrong`,
      `pull again, or remove ${rejected.join(' ')}`,
    );
  }
  if (unused.length > 0) {
    return warning(`${told}; ${unused.length} that no model uses`, `pull or add again, or remove ${unused.join(' ')}`);
  }
  const left = unfinishedBytes === 0 ? '' : `; ${memorySize(unfinishedBytes)} of pulls that did not end, in ${path}`;
  return models === 0 ? warning(`${told}${left}`, 'local-engine pull smollm2') : ok(`${told}${left}`);
}

function judgeSources(sources: readonly SourceFacts[], models: number): Verdict {
  const told = sources.map(({ kind, told: what }) => `${kind}: ${what}`).join('; ');
  const remote = sources.filter(({ kind }) => kind !== 'file');
  if (remote.some(({ state }) => state === 'usable')) return ok(told);
  const next = 'check the network, install npm or python3 with pip, or bring a file: local-engine add <file.gguf>';
  return models > 0 ? warning(told, next) : failed(told, next);
}

function judgePort({ host, port, state, told }: PortFacts): Verdict {
  const where = `${host}:${port}`;
  switch (state) {
    case 'free':
      return ok(`${where} is free`);
    case 'engine':
      return ok(`${where}: ${told}`);
    case 'taken':
      return failed(`${where} is taken: ${told}`, 'take another: local-engine serve --port 0');
    case 'refused':
      return failed(
        `${where} cannot be listened on: ${told}`,
        'take another host or port: --host 127.0.0.1 --port 11435',
      );
  }
}
