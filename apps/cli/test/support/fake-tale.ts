import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ErrorEnvelope, TaskView } from '@tale/protocol';
import { sampleTaskView } from '@tale/protocol/testing';

export interface FakeEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** Gateway, supervisor and models in one process: they answer what a test says. */
export interface FakeTale extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly nonce: string;
  /** Everything that was asked, e.g. `GET /v1/overview`. */
  readonly requests: string[];
  readonly tasks: Map<string, TaskView>;
  readonly submissions: { readonly args: Record<string, unknown>; readonly key: string | null }[];
  /** What happens after a submit; pushes events. */
  onSubmit: (taskId: string, tale: FakeTale) => void;
  /** What `cancel_task` does. */
  onCancel: (task: TaskView, reason: unknown) => TaskView;
  /** Answers other paths; `undefined` = 404. */
  answers: Record<string, (url: URL, body: Record<string, unknown>) => object | undefined>;
  /** Answers other tools; what they throw with an `envelope` is their failure. */
  tools: Record<string, (args: Record<string, unknown>) => object>;
  /** Takes requests of other paths as they come. */
  handlers: Record<string, (request: IncomingMessage, response: ServerResponse) => void>;
  /** Event streams of other paths. */
  streams: Record<string, FakeEvent[]>;
  /** Whether those streams stay open after their last event. */
  holdStreams: boolean;
  push(taskId: string, event: FakeEvent): void;
  /** Cuts all event streams. */
  dropStreams(): void;
  /** What runtime.json says about it. */
  runtime(names?: readonly string[], pid?: number): object;
}

export const fakeTaskId = (end: string) => `01KB${'0'.repeat(22 - end.length)}${end}`;

export async function startFakeTale(changes: Partial<FakeTale> = {}): Promise<FakeTale> {
  const events = new Map<string, FakeEvent[]>();
  const open = new Set<{ taskId: string; response: ServerResponse }>();
  const server = createServer((request, response) => {
    handle(request, response).catch((error: Error & { envelope?: ErrorEnvelope }) => {
      const envelope = error.envelope ?? failure('internal', error.message);
      response.writeHead(error.envelope ? 404 : 500, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ error: envelope }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const tale: FakeTale = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: 'secret',
    nonce: randomUUID(),
    requests: [],
    tasks: new Map(),
    submissions: [],
    onSubmit: () => {},
    onCancel: (task) => ({ ...task, state: 'cancelled', reason: 'asked', endedAt: new Date().toISOString() }),
    answers: {},
    tools: {},
    handlers: {},
    streams: { '/v1/setup': [setupEnd] },
    holdStreams: false,
    push(taskId, event) {
      events.set(taskId, [...(events.get(taskId) ?? []), event]);
      for (const stream of open) if (stream.taskId === taskId) send(stream.response, event);
    },
    dropStreams() {
      for (const { response } of open) response.destroy();
      open.clear();
    },
    runtime: (names = ['supervisor', 'gateway', 'models', 'execution'], pid = process.pid) => ({
      format: 'tale.runtime/1',
      daemonId: 'daemon',
      token: tale.token,
      servers: names.map((name) => ({ name, instance: 1, url: tale.url, pid, nonce: tale.nonce })),
    }),
    async [Symbol.asyncDispose]() {
      tale.dropStreams();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
    ...changes,
  };

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', tale.url);
    const name = `${request.method} ${url.pathname}`;
    tale.requests.push(name);
    const json = (value: object, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    if (url.pathname === '/health') return json({ status: 'ok', reason: null, nonce: tale.nonce });
    if (request.headers.authorization !== `Bearer ${tale.token}`)
      return json({ error: failure('unauthorized', 'no') }, 401);
    const handler = tale.handlers[name];
    if (handler) return handler(request, response);
    const text = await readBody(request);
    const body = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    if (name === 'POST /mcp') return json({ jsonrpc: '2.0', id: body.id, result: await callTool(body) });
    if (name === 'GET /v1/events') return follow(url, response);
    const stream = tale.streams[url.pathname];
    if (stream && (request.method === 'GET' || !tale.answers[name])) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const event of stream) send(response, event);
      if (!tale.holdStreams) response.end();
      return;
    }
    if (tale.answers[name]) {
      const answer = tale.answers[name](url, body);
      return answer ? json(answer) : json({ error: failure('not-found', 'nothing here') }, 404);
    }
    if (name === 'GET /v1/tasks/match') return json(match(url.searchParams.get('id') ?? ''));
    if (name === 'GET /v1/tasks') return json({ tasks: [...tale.tasks.values()].reverse(), next: null });
    const task = tale.tasks.get(url.pathname.replace('/v1/tasks/', ''));
    return task ? json(task) : json({ error: failure('task-not-found', 'There is no such task.') }, 404);
  }

  function match(text: string) {
    const id = text.toUpperCase();
    const all = [...tale.tasks.values()].reverse();
    const by = (kind: string, tasks: TaskView[]) => ({ kind, tasks, suggestions: [] });
    const exact = tale.tasks.get(id);
    if (exact) return by('exact', [exact]);
    const prefix = all.filter(({ taskId }) => taskId.startsWith(id));
    if (prefix.length > 0) return by('prefix', prefix);
    const suffix = all.filter(({ taskId }) => taskId.endsWith(id));
    return suffix.length > 0
      ? by('suffix', suffix)
      : { kind: 'none', tasks: [], suggestions: all.slice(0, 1).map(({ taskId }) => taskId) };
  }

  async function callTool(body: Record<string, unknown>): Promise<object> {
    const {
      name,
      arguments: args,
      _meta: meta,
    } = body.params as {
      name: string;
      arguments: Record<string, unknown>;
      _meta?: Record<string, unknown>;
    };
    const structured = (value: object) => ({ content: [], structuredContent: value });
    if (name === 'submit_task') {
      const taskId = fakeTaskId(String(tale.submissions.length + 1).padStart(6, '7'));
      tale.submissions.push({ args, key: (meta?.['tale/idempotency-key'] as string | undefined) ?? null });
      tale.tasks.set(
        taskId,
        sampleTaskView({ taskId, title: String(args.prompt), state: 'queued', result: null, endedAt: null }),
      );
      setImmediate(() => tale.onSubmit(taskId, tale));
      return structured({ taskId, forecast: null });
    }
    const tool = tale.tools[name];
    if (tool) {
      try {
        return structured(tool(args));
      } catch (error) {
        const { envelope } = error as { envelope?: ErrorEnvelope };
        return { isError: true, content: [], _meta: { 'tale/error': envelope ?? failure('internal', String(error)) } };
      }
    }
    const task = tale.tasks.get(String(args.taskId));
    if (!task)
      return {
        isError: true,
        content: [],
        _meta: { 'tale/error': failure('task-not-found', 'There is no such task.') },
      };
    const cancelled = tale.onCancel(task, args.reason);
    tale.tasks.set(task.taskId, cancelled);
    return structured(cancelled);
  }

  function follow(url: URL, response: ServerResponse): void {
    const taskId = url.searchParams.get('task') ?? '';
    const after = Number(url.searchParams.get('after'));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const event of events.get(taskId) ?? []) {
      if (typeof event.seq !== 'number' || event.seq > after) send(response, event);
    }
    response.flushHeaders();
    const stream = { taskId, response };
    open.add(stream);
    response.on('close', () => open.delete(stream));
  }

  return tale;
}

export const setupEnd: FakeEvent = {
  type: 'setup-end',
  models: { ux: 'tiny', planning: 'tiny' },
  backend: 'local',
  reason: 'the only one',
  hint: null,
};

/** The events of a task that answers `pieces`, and its final view. */
export function answerTask(tale: FakeTale, taskId: string, pieces: readonly string[], callId = 'call-1'): void {
  const at = new Date().toISOString();
  const base = { at, taskId, stepId: null, run: null };
  const labels = { purpose: 'answer', taskId };
  tale.push(taskId, { type: 'task-queued', seq: 1, ...base, kind: 'prompt', priority: 5, reason: 'new' });
  tale.push(taskId, { type: 'task-start', seq: 2, ...base, server: 'execution-1' });
  tale.push(taskId, callStart(callId, labels));
  let offset = 0;
  for (const text of pieces) {
    tale.push(taskId, { type: 'text-delta', callId, requestId: 'request', offset, text, labels });
    offset += text.length;
  }
  tale.push(taskId, callEnd(callId, labels));
  endTask(tale, taskId, { state: 'done', result: pieces.join('') });
}

export function endTask(tale: FakeTale, taskId: string, changes: Partial<TaskView>): void {
  const at = new Date().toISOString();
  tale.tasks.set(taskId, sampleTaskView({ ...tale.tasks.get(taskId), taskId, endedAt: at, ...changes }));
  tale.push(taskId, {
    type: 'task-end',
    seq: 99,
    at,
    taskId,
    stepId: null,
    run: null,
    kind: 'prompt',
    state: changes.state ?? 'done',
    runs: 1,
    durationMs: 10,
    error: changes.error ?? null,
  });
}

export function callStart(callId: string, labels: object, model = 'tiny'): FakeEvent {
  return { type: 'call-start', callId, requestId: 'request', model, estimatedInputTokens: 12, labels };
}

export function callEnd(callId: string, labels: object, changes: object = {}): FakeEvent {
  const timing = {
    durationMs: 9,
    queueMs: 1,
    poolMs: 1,
    loadMs: 0,
    serverWaitMs: 1,
    prefillMs: 2,
    decodeMs: 3,
    transportMs: 1,
    ttftMs: 4,
  };
  const usage = { inputTokens: 12, outputTokens: 3, source: 'reported' };
  return {
    type: 'call-end',
    callId,
    requestId: 'request',
    model: 'tiny',
    status: 'ok',
    usage,
    timing,
    error: null,
    labels,
    ...changes,
  };
}

export function failure(code: string, message: string, changes: Partial<ErrorEnvelope> = {}): ErrorEnvelope {
  return {
    code,
    message,
    hint: null,
    source: 'gateway',
    retryable: false,
    retryAfterMs: null,
    details: {},
    ...changes,
  };
}

function send(response: ServerResponse, event: FakeEvent): void {
  const id = typeof event.seq === 'number' ? `id: ${event.seq}\n` : '';
  response.write(`${id}event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
