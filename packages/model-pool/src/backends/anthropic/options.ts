import type { Dispatcher } from 'undici';

/** Options of {@link anthropicBackend}. */
export interface AnthropicBackendOptions {
  /** Key of the API, or a function that is asked for it before each request. It is never logged and stands in no error. */
  readonly apiKey: string | (() => string | Promise<string>);
  /** Base of the API; no variable of the environment is read for it. @defaultValue `https://api.anthropic.com` */
  readonly baseUrl?: string | undefined;
  /**
   * Longest silence: until the answer begins and between two pieces of it, a sign of life of the server being one, ms. The
   * pool's own limits hold as well; the smaller one counts. @defaultValue `30000`
   */
  readonly timeoutMs?: number | undefined;
  /** Names of the models that it lists. @defaultValue those that the pool is configured with */
  readonly models?: readonly string[] | undefined;
  /** Whether tools and system prompt are put into the API's cache, from 4096 characters on, for 5 minutes. @defaultValue `true` */
  readonly cache?: boolean | undefined;
  /** Connections, such as a proxy's of undici; it stays open when the pool closes. @defaultValue own ones, without a proxy */
  readonly dispatcher?: Dispatcher | undefined;
}
