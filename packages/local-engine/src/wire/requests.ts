import * as z from 'zod/mini';
import { LocalEngineError } from '../errors.js';
import { callOptions } from './call-options.js';

const model = z.string().check(z.minLength(1), z.maxLength(300));
const shared = {
  model,
  stream: z.nullish(z.boolean()),
  options: callOptions,
  keep_alive: z.optional(z.unknown()),
  format: z.optional(z.unknown()),
  think: z.nullish(z.union([z.boolean(), z.string()])),
};

/** Body of `/api/chat`. */
export const chatRequest = z.looseObject({
  ...shared,
  messages: z.nullish(
    z.array(
      z.looseObject({
        role: z.enum(['system', 'user', 'assistant', 'tool']),
        content: z._default(z.string(), ''),
        images: z.optional(z.nullable(z.array(z.unknown()))),
      }),
    ),
  ),
  tools: z.nullish(z.array(z.unknown())),
  truncate: z.nullish(z.boolean()),
});

/** Body of `/api/generate`. */
export const generateRequest = z.looseObject({
  ...shared,
  prompt: z.nullish(z.string()),
  suffix: z.nullish(z.string()),
  system: z.nullish(z.string()),
  raw: z.nullish(z.boolean()),
  images: z.nullish(z.array(z.unknown())),
  context: z.optional(z.unknown()),
});

/** Body of `/api/pull`, `/api/show` and `/api/delete`: `name` is the older key. */
export const nameRequest = z
  .looseObject({ model: z.optional(model), name: z.optional(model), stream: z.nullish(z.boolean()) })
  .check(z.refine((body) => (body.model ?? body.name) !== undefined, 'model is required'));

/**
 * Checks a body.
 *
 * @throws {@link LocalEngineError} `invalid-request`, naming the first wrong key
 */
export function readRequest<Schema extends z.ZodMiniType>(schema: Schema, body: unknown): z.output<Schema> {
  const parsed = z.safeParse(schema, body);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const at = issue && issue.path.length > 0 ? `${issue.path.join('.')}: ` : '';
  throw new LocalEngineError('invalid-request', `invalid request: ${at}${issue?.message ?? 'unknown'}`);
}

/** What Ollama can do and this engine cannot: refused, never ignored. @throws {@link LocalEngineError} `invalid-request` */
export function refuseUnsupported(
  name: string,
  body: {
    format?: unknown;
    think?: unknown;
    tools?: unknown[] | null | undefined;
    images?: unknown[] | null | undefined;
    suffix?: string | null | undefined;
  },
): void {
  const refuse = (what: string) => {
    throw new LocalEngineError('invalid-request', `${JSON.stringify(name)} does not support ${what}`, { model: name });
  };
  if (body.images?.length) refuse('vision');
  if (body.tools?.length) refuse('tools');
  if (body.suffix) refuse('insert');
  if (body.think !== undefined && body.think !== null && body.think !== false) refuse('thinking');
  if (body.format !== undefined && body.format !== null && body.format !== '') refuse('format');
}
