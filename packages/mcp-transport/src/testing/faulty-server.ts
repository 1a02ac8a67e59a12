import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { errorKey, idempotencyExtension, idempotencyKeyKey, protocolVersion } from '../names.js';
import type { ToolDescription } from '../pool-types.js';
import type { ErrorEnvelope } from '../types.js';

/** A fault without further facts. */
export interface PlainFault {
  /**
   * `reset` closes the connection before a byte of the answer; `drop-mid-stream` opens the stream, reports once, runs the
   * tool and closes; `cut-frame` closes in the middle of the answer's frame; `hang` never answers; `wrong-id` answers
   * another request.
   */
  readonly kind: 'reset' | 'drop-mid-stream' | 'cut-frame' | 'hang' | 'wrong-id';
}

/** An answer that comes late. */
export interface SlowFault {
  /** Always `slow`. */
  readonly kind: 'slow';
  /** How late, ms. */
  readonly delayMs: number;
}

/** An answer with another status. */
export interface StatusFault {
  /** Always `status`. */
  readonly kind: 'status';
  /** HTTP status. */
  readonly status: number;
  /** Headers beside `content-type: application/json`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Body as it is sent. @defaultValue empty */
  readonly body?: string;
}

/** An answer that is a JSON-RPC error. */
export interface RpcFault {
  /** Always `rpc-error`. */
  readonly kind: 'rpc-error';
  /** JSON-RPC code. */
  readonly code: number;
  /** Its message. */
  readonly message: string;
}

/** An answer with a result of the test's choice. */
export interface ResultFault {
  /** Always `result`. */
  readonly kind: 'result';
  /** The JSON-RPC result. */
  readonly result: Readonly<Record<string, unknown>>;
}

/** What a faulty server does with one call of a tool instead of answering it. */
export type Fault = PlainFault | SlowFault | StatusFault | RpcFault | ResultFault;

/** A request that a faulty server got. */
export interface SeenRequest {
  /** JSON-RPC method. */
  readonly method: string;
  /** Name of the tool, or `null`. */
  readonly tool: string | null;
  /** Idempotency key, or `null`. */
  readonly key: string | null;
  /** HTTP headers. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** JSON-RPC body. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** Options of {@link startFaultyServer}. */
export interface FaultyServerOptions {
  /** Its tools; each answers with its arguments. @defaultValue one tool, `echo` */
  readonly tools?: readonly ToolDescription[];
  /** Whether it advertises that it runs equal keys once (it does not). @defaultValue `true` */
  readonly honoursKeys?: boolean;
  /** Port. @defaultValue a free one */
  readonly port?: number;
}

/** An MCP server of the modern era in this process, whose next calls can be made to fail. */
export interface FaultyServer extends AsyncDisposable {
  /** Its address. */
  readonly url: string;
  /** Its port. */
  readonly port: number;
  /** All requests so far. */
  readonly requests: readonly SeenRequest[];
  /** How many calls ran their tool. */
  readonly runs: number;
  /** Calls whose connection the client closed before the answer. */
  readonly cancelled: number;
  /** The next calls of tools meet these faults, in this order. */
  fail(...faults: Fault[]): void;
  /** Ends it and all its connections. */
  close(): Promise<void>;
}

/** Starts a faulty server on loopback. */
export async function startFaultyServer(options: FaultyServerOptions = {}): Promise<FaultyServer> {
  const { tools = [{ name: 'echo', inputSchema: { type: 'object' } }], honoursKeys = true, port = 0 } = options;
  const requests: SeenRequest[] = [];
  const faults: Fault[] = [];
  const timers = new Set<NodeJS.Timeout>();
  const seen = { runs: 0, cancelled: 0 };
  const extensions = honoursKeys ? { [idempotencyExtension]: {} } : {};

  const answerCall = (request: SeenRequest, response: ServerResponse, fault: Fault | undefined) => {
    const { id, params } = request.body as { id: unknown; params: { arguments?: object } };
    const run = () => {
      seen.runs += 1;
      const structured = params.arguments ?? {};
      return { content: [{ type: 'text', text: JSON.stringify(structured) }], structuredContent: structured };
    };
    const frame = (message: object) => `event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', ...message })}\n\n`;
    const report = { method: 'notifications/progress', params: { progressToken: id, progress: 1, message: 'started' } };
    const isPatient = fault?.kind === 'hang' || fault?.kind === 'slow';
    response.on('close', () => {
      if (isPatient && !response.writableEnded) seen.cancelled += 1;
    });
    switch (fault?.kind) {
      case undefined:
        return answerJson(response, 200, { id, result: { resultType: 'complete', ...run() } });
      case 'reset':
        return void response.destroy();
      case 'drop-mid-stream':
      case 'cut-frame': {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const answer = frame({ id, result: run() });
        const text = frame(report) + (fault.kind === 'cut-frame' ? answer.slice(0, answer.length / 2) : '');
        return void response.write(text, () => response.destroy());
      }
      case 'slow': {
        const timer = setTimeout(() => answerJson(response, 200, { id, result: run() }), fault.delayMs);
        timers.add(timer);
        return;
      }
      case 'hang':
        return;
      case 'status':
        response.writeHead(fault.status, { 'content-type': 'application/json', ...fault.headers });
        return void response.end(fault.body);
      case 'rpc-error':
        return answerJson(response, 200, { id, error: { code: fault.code, message: fault.message } });
      case 'result':
        return answerJson(response, 200, { id, result: fault.result });
      case 'wrong-id':
        return answerJson(response, 200, { id: 'another', result: run() });
    }
  };

  const server = createServer(async (request, response) => {
    const body = await readBody(request);
    const params = (body.params ?? {}) as { name?: string; _meta?: Record<string, unknown> };
    const key = params._meta?.[idempotencyKeyKey];
    const seenRequest: SeenRequest = {
      ...{ method: String(body.method), tool: params.name ?? null, headers: request.headers, body },
      key: typeof key === 'string' ? key : null,
    };
    requests.push(seenRequest);
    const { id } = body;
    if (body.method === 'tools/call') return answerCall(seenRequest, response, faults.shift());
    if (body.method === 'tools/list') return answerJson(response, 200, { id, result: { tools } });
    if (body.method === 'server/discover') {
      const result = { supportedVersions: [protocolVersion], capabilities: { tools: {}, extensions } };
      return answerJson(response, 200, { id, result });
    }
    answerJson(response, 404, { id, error: { code: -32601, message: 'Method not found' } });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const ownPort = (server.address() as AddressInfo).port;
  const close = () =>
    new Promise<void>((resolve) => {
      for (const timer of timers) clearTimeout(timer);
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    url: `http://127.0.0.1:${ownPort}`,
    port: ownPort,
    requests,
    get runs() {
      return seen.runs;
    },
    get cancelled() {
      return seen.cancelled;
    },
    fail: (...next) => void faults.push(...next),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A failed result that carries an envelope, for the fault `result`. */
export function failedResult(error: ErrorEnvelope): Record<string, unknown> {
  return { content: [{ type: 'text', text: error.message }], isError: true, _meta: { [errorKey]: error } };
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
}

function answerJson(response: ServerResponse, status: number, message: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ jsonrpc: '2.0', ...message }));
}
