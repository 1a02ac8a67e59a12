import type { IncomingHttpHeaders } from 'node:http';
import type { ModelService } from '../model-service.js';
import type { Puller } from '../pull/puller.js';
import type { Clock, Logger } from '../types.js';
import type { Answer } from './answer.js';

/** What routes work with. */
export interface RouteParts {
  readonly models: ModelService;
  readonly puller: Puller;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Version of this package. */ readonly version: string;
  /** A text that no other answer has. */ readonly createId: () => string;
}

/** One request. */
export interface RouteRequest {
  /** The parsed body, `undefined` for GET. */ readonly body: unknown;
  readonly headers: IncomingHttpHeaders;
  /** What stands in the place of the path's `*`, decoded; else empty. */ readonly rest: string;
  /** Aborts when the client leaves. */ readonly signal: AbortSignal;
  readonly answer: Answer;
}

/** Answers one kind of request. */
export type Route = (request: RouteRequest, parts: RouteParts) => Promise<void> | void;
