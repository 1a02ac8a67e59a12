import * as z from 'zod/mini';

const port = (value: number) => z._default(z.int().check(z.minimum(1), z.maximum(65_535)), value);
const httpUrl = z.url({ protocol: /^https?$/ });
const nameOrNull = z._default(z.nullable(z.string().check(z.minLength(1))), null);

/** Everything that can be configured, with its default. Unknown keys are errors. */
export const settingsSchema: z.ZodMiniType<Settings> = z.strictObject({
  gateway: z.prefault(z.strictObject({ port: port(8080) }), {}),
  execution: z.prefault(
    z.strictObject({
      port: port(8081),
      instances: z._default(z.int().check(z.minimum(1), z.maximum(64)), 1),
      slots: z._default(z.int().check(z.minimum(1), z.maximum(256)), 2),
    }),
    {},
  ),
  models: z.prefault(
    z.strictObject({
      port: port(8083),
      ux: nameOrNull,
      planning: nameOrNull,
      maxOutputTokens: z._default(z.int().check(z.minimum(1), z.maximum(1_000_000)), 1024),
      memoryBytes: z._default(z.nullable(z.int().check(z.minimum(1))), null),
      swap: z._default(z.enum(['refuse', 'allow']), 'refuse'),
    }),
    {},
  ),
  uxAgent: z.prefault(z.strictObject({ port: port(8082) }), {}),
  localEngine: z.prefault(z.strictObject({ port: port(11_435) }), {}),
  ollama: z.prefault(z.strictObject({ url: z._default(httpUrl, 'http://127.0.0.1:11434') }), {}),
  openai: z.prefault(z.strictObject({ url: z._default(z.nullable(httpUrl), null) }), {}),
  claude: z.prefault(
    z.strictObject({
      model: z._default(z.string().check(z.minLength(1)), 'claude-sonnet-5-5'),
      url: z._default(z.nullable(httpUrl), null),
      dailyTokens: z._default(z.nullable(z.int().check(z.minimum(1))), 1_000_000),
    }),
    {},
  ),
});

/** The configuration of tale's apps. */
export interface Settings {
  /** The door for clients. */
  gateway: {
    /** Wanted port; the next free one if it is taken. @defaultValue `8080` */
    port: number;
  };
  /** The servers that run tasks. */
  execution: {
    /** Wanted port of the first one. @defaultValue `8081` */
    port: number;
    /** How many. @defaultValue `1` */
    instances: number;
    /** Tasks at once in each. @defaultValue `2` */
    slots: number;
  };
  /** The owner of the models. */
  models: {
    /** Wanted port. @defaultValue `8083` */
    port: number;
    /** Model for conversation, or `null` to choose by memory. @defaultValue `null` */
    ux: string | null;
    /** Model for tasks, or `null` to choose by memory. @defaultValue `null` */
    planning: string | null;
    /** Longest answer, tokens. @defaultValue `1024` */
    maxOutputTokens: number;
    /** Memory for all models together, bytes, or `null` to measure the machine. @defaultValue `null` */
    memoryBytes: number | null;
    /** Whether two models that do not fit together may take turns; else the large one is refused. @defaultValue `refuse` */
    swap: 'refuse' | 'allow';
  };
  /** The owner of the conversations. */
  uxAgent: {
    /** Wanted port. @defaultValue `8082` */
    port: number;
  };
  /** tale's own model server. */
  localEngine: {
    /** Wanted port. @defaultValue `11435` */
    port: number;
  };
  /** A model server with OpenAI's API; its key is the secret `openai`. */
  openai: {
    /** Its address, such as `http://127.0.0.1:8000/v1`; used instead of Ollama. @defaultValue `null` */
    url: string | null;
  };
  /** The Claude API for tasks; off until the secret `anthropic` is set. */
  claude: {
    /** Model of the service. @defaultValue `claude-sonnet-5-5` */
    model: string;
    /** Address of the API, or `null` for the service's own. @defaultValue `null` */
    url: string | null;
    /** Most tokens of a day, in and out; beyond it the local model answers. `null` = no limit. @defaultValue `1000000` */
    dailyTokens: number | null;
  };
  /** A model server that may be there already. */
  ollama: {
    /** Its address. @defaultValue `http://127.0.0.1:11434` */
    url: string;
  };
}
