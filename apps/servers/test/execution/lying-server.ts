import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a server does not tell. */
export interface Lies {
  /** Reads at most so many tokens of a prompt and says nothing about the rest. */
  readonly readsTokens?: number;
  /** Refuses prompts of more tokens, whatever window it was asked for. */
  readonly takesTokens?: number;
  /** Its tokenizer makes so many tokens out of one. */
  readonly factor?: number;
}

/** An Ollama in front of another one, which does otherwise than it says. */
export async function startLyingServer(
  target: string,
  lies: Lies,
): Promise<{ readonly url: string } & AsyncDisposable> {
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const { method = 'GET', url = '/' } = request;
    const isText = url === '/api/chat' && body.includes('"messages":[{');
    if (isText && tokensOf(body) * (lies.factor ?? 1) > (lies.takesTokens ?? Number.POSITIVE_INFINITY)) {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: 'the input length exceeds the context length' }));
      return;
    }
    const answer = await fetch(target + url, { method, ...(body === '' ? {} : { body }) });
    const text = (await answer.text()).replace(/"prompt_eval_count":(\d+)/g, (_, count: string) => {
      const tokens = Math.round(Number(count) * (lies.factor ?? 1));
      return `"prompt_eval_count":${Math.min(tokens, lies.readsTokens ?? tokens)}`;
    });
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'application/json' });
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}

/** As the fake counts: words. */
function tokensOf(body: string): number {
  const { messages } = JSON.parse(body) as { messages: { content: string }[] };
  return messages.flatMap(({ content }) => content.split(/\s+/)).filter((word) => word !== '').length;
}
