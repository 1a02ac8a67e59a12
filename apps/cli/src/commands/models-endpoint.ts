import type { CommandContext } from '../context.js';
import { readRuntime, serversDown } from '../gateway/runtime.js';
import { modelsServer } from '../models/pool-view.js';

const servedModels = ['tale/auto', 'tale/ux', 'tale/planning'];

/**
 * `tale models endpoint`: where OpenAI clients find tale's models. The key is a secret of this machine and is printed only with
 * `--key`, so that it stays out of screens and logs unasked.
 */
export async function modelsEndpoint(context: CommandContext, options: { readonly key?: boolean }): Promise<void> {
  const { printer, folders } = context;
  const { address } = await modelsServer(context);
  const baseUrl = `${address.url}/v1`;
  const token = readRuntime(folders.data)?.token;
  if (token === undefined) throw serversDown();
  if (printer.settings.json) {
    const key = options.key === true ? { apiKey: token } : {};
    return printer.document({ schema: 'tale.endpoint/1', baseUrl, ...key, models: servedModels });
  }
  printer.line(`OPENAI_BASE_URL=${baseUrl}`);
  if (options.key === true) printer.line(`OPENAI_API_KEY=${token}`);
  else printer.note('OPENAI_API_KEY is the token of this machine: tale models endpoint --key');
  printer.note(`models: ${servedModels.join(', ')}, or any of: tale models list`);
}
