import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { ConfigError, openSecrets, type Secrets } from '@tale/config';
import { CommandError } from '../command-error.js';
import type { CommandContext } from '../context.js';
import { renderTable } from '../render/table.js';
import { describeSystemError } from '../system-error.js';
import { askSecret } from '../terminal/ask-secret.js';

/** What each secret opens. */
const known: Readonly<Record<string, string>> = {
  anthropic: 'the Claude API, asked before the local model for tasks',
  openai: 'the server of openai.url',
};

const mostBytes = 65_536;

/** `tale config secret set <name>`: keeps a key that comes by stdin, from a file, or from a prompt that does not show it. */
export async function setSecret(
  context: CommandContext,
  name: string,
  options: { readonly keyFile?: string },
): Promise<void> {
  checkName(name);
  const value = await readValue(context, name, options.keyFile);
  await secretsOf(context).write(name, value).catch(asUsage);
  const { printer } = context;
  if (printer.settings.json) return printer.document({ schema: 'tale.secret/1', name, source: 'file' });
  printer.line(`${name} is kept: ${known[name]}`);
  printer.note(printer.asTyped('running servers take it after: tale servers restart models'));
}

/** `tale config secret list`: which keys there are, never a value. */
export async function listSecrets(context: CommandContext): Promise<void> {
  const { printer } = context;
  const kept = secretsOf(context);
  const present = new Map((await kept.list()).map(({ name, source }) => [name, source]));
  const secrets = Object.entries(known).map(([name, opens]) => ({ name, source: present.get(name) ?? null, opens }));
  if (printer.settings.json) return printer.document({ schema: 'tale.secrets/1', secrets });
  const rows = secrets.map(({ name, source, opens }) => [name, source ?? 'not set', opens]);
  for (const line of renderTable([{ title: 'SECRET' }, { title: 'SOURCE' }, { title: 'FOR' }], rows, 1_000))
    printer.line(line);
  for (const name of present.keys()) {
    await kept.read(name).catch((error: unknown) => {
      if (!ConfigError.isInstance(error)) throw error;
      printer.problem(error.message); // the servers refuse it too
    });
  }
}

/** `tale config secret delete <name>` */
export async function deleteSecret(context: CommandContext, name: string): Promise<void> {
  checkName(name);
  const { printer } = context;
  const secrets = secretsOf(context);
  const wasThere = await secrets.remove(name);
  if (printer.settings.json) printer.document({ schema: 'tale.secret/1', name, deleted: wasThere });
  else printer.line(wasThere ? `${name} is deleted` : `${name} was not set`);
  if ((await secrets.list()).some((each) => each.name === name))
    printer.note(`the variable TALE_SECRET_${name.toUpperCase()} still holds a value`);
  else if (wasThere) printer.note(printer.asTyped('running servers forget it after: tale servers restart models'));
}

function secretsOf({ folders, env }: CommandContext): Secrets {
  return openSecrets({ folder: folders.config, env });
}

function checkName(name: string): void {
  if (Object.hasOwn(known, name)) return;
  const names = Object.keys(known);
  throw new CommandError('usage', `There is no secret ${JSON.stringify(name)}.`, {
    hint: `there are: ${names.join(', ')}`,
    details: { name, names },
  });
}

async function readValue(context: CommandContext, name: string, keyFile: string | undefined): Promise<string> {
  if (keyFile !== undefined) return readKeyFile(keyFile);
  if (process.stdin.isTTY !== true) return readAll(process.stdin);
  if (!context.canAsk())
    throw new CommandError('usage', 'The key is missing.', { hint: 'give it by stdin or --key-file' });
  context.printer.problem(`Key for ${name} (it is not shown):`);
  const answer = await askSecret(process.stdin);
  if (answer === null) throw new CommandError('aborted', 'Nothing was changed.', { exitCode: 130 });
  return answer;
}

/** Reads a key from a file that its owner alone can read; a pipe, as of `<(pass show claude)`, has no such mode. */
async function readKeyFile(path: string): Promise<string> {
  const unreadable = (cause: NodeJS.ErrnoException) => {
    throw new CommandError('usage', `Cannot read ${path}: ${describeSystemError(cause.code ?? '')}.`, { cause });
  };
  const file = await open(path, 'r').catch(unreadable);
  try {
    const found = await file.stat();
    const { mode } = found;
    if (found.isFile() && process.getuid !== undefined && mode & 0o077) {
      throw new CommandError('unsafe-file', `${path} is open to others (mode ${(mode & 0o777).toString(8)}).`, {
        hint: `chmod 600 '${path}', and think of the key as known where others use this machine`,
        details: { path },
      });
    }
    return await readAll(file.createReadStream({ autoClose: false })).catch(unreadable);
  } finally {
    await file.close();
  }
}

/** At most what no key has: a wrong file may be large, or without end. */
async function readAll(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > mostBytes) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A value that cannot be a key was given wrongly. */
function asUsage(error: unknown): never {
  if (!ConfigError.isInstance(error) || error.code !== 'out-of-range') throw error;
  throw new CommandError('usage', error.message, { cause: error });
}
