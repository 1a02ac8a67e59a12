import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../clock.js';
import { McpTransportError } from '../errors.js';
import { createTokenBuckets } from '../token-bucket.js';
import type { Clock, ErrorEnvelope, Logger, Principal } from '../types.js';
import { isDeeperThan } from './json-depth.js';
import { type Refusal, refuse } from './refuse.js';
import { type BodyCaps, defaultMaxBodyBytes, defaultMaxDepth, peekBody } from './request-body.js';
import { headerValues, headOf, judgeHead, loopbackHosts } from './request-head.js';
import { bearerOf, createTokenCheck, type TokenSource } from './tokens.js';

/** Settings of a guard beside its tokens. */
export interface GuardSettings extends BodyCaps {
  /** Exact `host:port` values that the Host header may have. @defaultValue the loopback names with the port */
  readonly hosts?: readonly string[];
  /** Port of the loopback names. @defaultValue the port that the connection came in on */
  readonly port?: number;
  /** Origins that browsers may send beside the server's own. @defaultValue `[]` */
  readonly allowOrigins?: readonly string[];
  /** Paths that need no token; Host and Origin are looked at all the same. @defaultValue none */
  readonly public?: readonly string[] | ((path: string) => boolean);
  /**
   * Paths whose handler reads the body itself, as it comes: neither its size nor its depth is looked at.
   *
   * @defaultValue none
   */
  readonly streamed?: (path: string) => boolean;
  /** Name of the server in error envelopes. @defaultValue `'server'` */
  readonly source?: string;
  /** Body of a refusal, for paths whose clients read another shape. @defaultValue `{ error }` */
  readonly refusalBody?: (error: ErrorEnvelope, facts: RefusalFacts) => object;
  /** Told of each refusal, never of a token. @defaultValue silent */
  readonly logger?: Pick<Logger, 'warn'>;
  /** Time. @defaultValue the system's */
  readonly clock?: Pick<Clock, 'now'>;
}

/** What is known of a refused request. */
export interface RefusalFacts {
  /** HTTP status of the answer. */
  readonly status: number;
  /** Path of the request, without its query. */
  readonly path: string;
}

/** Options of {@link createGuard}. */
export interface GuardOptions extends GuardSettings {
  /** The bearer tokens that are accepted. */
  readonly tokens: TokenSource;
}

/** A request that may go on. */
export interface GuardPass {
  /** Who calls; `null` on a public path without a token. */
  readonly principal: Principal | null;
  /** The whole body, empty on a path of `streamed`; the request still delivers it to whoever reads it. */
  readonly body: Buffer;
}

/**
 * Looks at a request before its handler does. Resolves with `null` when it has answered the request itself. Asking twice
 * for one request gives the same answer. To be called in the turn of the server's `request` event or later, but before
 * anybody reads the body.
 */
export type Guard = (request: IncomingMessage, response: ServerResponse) => Promise<GuardPass | null>;

/** Wrong tokens of one address: 20 a minute, then 429. A right token passes all the same. */
const wrongTokenLimit = { perSecond: 20 / 60, burst: 20 };

/**
 * Host and Origin (400, 403), bearer token (401, 429), content type (415), size (413) and depth (400), in this order.
 * Errors are answered as `{ error: ErrorEnvelope }`, or as `refusalBody` says.
 */
export function createGuard(options: GuardOptions): Guard {
  const {
    maxBodyBytes = defaultMaxBodyBytes,
    maxDepth = defaultMaxDepth,
    source = 'server',
    clock = systemClock,
    refusalBody = (error: ErrorEnvelope) => ({ error }),
  } = options;
  const check = createTokenCheck(options.tokens);
  const wrongTokens = createTokenBuckets(wrongTokenLimit);
  const isPublic =
    typeof options.public === 'function'
      ? options.public
      : (path: string) => (options.public as readonly string[] | undefined)?.includes(path) ?? false;

  const judge = (request: IncomingMessage): Refusal | Principal | null => {
    const head = headOf(request);
    const hosts = options.hosts ?? loopbackHosts(options.port ?? request.socket.localPort ?? 0);
    const origins = [...hosts.map((host) => `http://${host}`), ...(options.allowOrigins ?? [])];
    const verdict = judgeHead(head, hosts, origins);
    if (verdict) return { ...verdict, code: verdict.status === 400 ? 'invalid-request' : 'forbidden' };
    const token = bearerOf(headerValues(head, 'authorization')[0]);
    if (token === null) {
      if (isPublic(pathOf(request))) return null;
      return {
        ...{ status: 401, code: 'unauthorized', message: 'a bearer token is needed' },
        hint: 'send the token of the runtime file as Authorization: Bearer …',
        headers: { 'www-authenticate': 'Bearer' },
      };
    }
    const principal = check(token);
    if (principal) return principal;
    const waitMs = wrongTokens.take(request.socket.remoteAddress ?? 'local', clock.now());
    if (waitMs > 0) {
      return { status: 429, code: 'rate-limited', message: 'too many wrong tokens', retryAfterMs: waitMs };
    }
    return {
      ...{ status: 401, code: 'unauthorized', message: 'the token is not accepted' },
      headers: { 'www-authenticate': 'Bearer error="invalid_token"' },
    };
  };

  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<GuardPass | null> => {
    const stop = (refusal: Refusal) => {
      const { status, code } = refusal;
      const address = request.socket.remoteAddress;
      const path = pathOf(request);
      options.logger?.warn({ status, code, method: request.method, path, address }, refusal.message);
      refuse(request, response, refusal, source, (error) => refusalBody(error, { status, path }));
      return null;
    };
    const verdict = judge(request);
    if (verdict && 'status' in verdict) return stop(verdict);
    if (!hasBody(request) && !writes(request)) return { principal: verdict, body: Buffer.alloc(0) };
    const unsupported = unsupportedMediaType(request);
    if (unsupported) return stop({ status: 415, code: 'unsupported-media-type', message: unsupported });
    if (options.streamed?.(pathOf(request))) return { principal: verdict, body: Buffer.alloc(0) };
    try {
      const body = await peekBody(request, maxBodyBytes);
      if (!isDeeperThan(body, maxDepth)) return { principal: verdict, body };
      return stop({ status: 400, code: 'invalid-request', message: `JSON nests deeper than ${maxDepth} levels` });
    } catch (error) {
      if (!McpTransportError.isInstance(error) || error.code !== 'too-large') return null; // the client went away
      return stop({ status: 413, code: 'too-large', message: error.message });
    }
  };

  const passes = new WeakMap<IncomingMessage, Promise<GuardPass | null>>();
  return (request, response) => {
    const known = passes.get(request) ?? pass(request, response);
    passes.set(request, known);
    return known;
  };
}

/** Path of the request target, without its query. */
export const pathOf = ({ url = '' }: Pick<IncomingMessage, 'url'>): string => url.split('?', 1)[0] as string;

const writes = ({ method }: IncomingMessage) => method === 'POST' || method === 'PUT' || method === 'PATCH';

const hasBody = ({ headers }: IncomingMessage) =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/** What is wrong with the type of a body, or `null`: plain JSON in UTF-8 alone is something that no web form sends. */
function unsupportedMediaType({ headers }: IncomingMessage): string | null {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  if (type.trim() !== 'application/json') return 'the content type is not application/json';
  const charset = parameters.map((parameter) => parameter.trim()).find((parameter) => parameter.startsWith('charset='));
  if (charset !== undefined && !/^charset="?utf-8"?$/.test(charset)) return 'the body is not UTF-8';
  const encoding = headers['content-encoding'] ?? 'identity';
  return encoding === 'identity' ? null : 'an encoded body is not accepted';
}
