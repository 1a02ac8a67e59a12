import { fromJsonSchema } from '@modelcontextprotocol/server';
import { type $ZodType, toJSONSchema } from 'zod/v4/core';
import type { InputSchema, JsonSchema, McpTool, SchemaIssue } from '../types.js';

/** A tool with its arguments' check. */
export interface ToolEntry {
  readonly tool: McpTool;
  /** The arguments as the tool gets them, or what is wrong with them. */
  check(args: unknown): Promise<{ readonly value: unknown } | { readonly problem: string }>;
}

/** All tools of a server, converted once and shared by all requests. */
export interface ToolTable {
  /** Entries of `tools/list`. */
  readonly list: readonly ListedTool[];
  readonly entries: ReadonlyMap<string, ToolEntry>;
}

/** A tool as `tools/list` shows it. */
export interface ListedTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: { type: 'object'; [keyword: string]: unknown };
  readonly annotations?: Record<string, unknown>;
}

/** Converts the tools. @throws TypeError for a bad or repeated name, a schema that is no object, a remote `$ref` */
export function createToolTable(tools: readonly McpTool[]): ToolTable {
  const list: ListedTool[] = [];
  const entries = new Map<string, ToolEntry>();
  for (const tool of tools) {
    if (!/^[\w.-]{1,128}$/.test(tool.name)) throw new TypeError(`not a name of a tool: ${JSON.stringify(tool.name)}`);
    if (entries.has(tool.name)) throw new TypeError(`two tools are named ${tool.name}`);
    const { input } = tool;
    const inputSchema = isSchema(input) ? jsonSchemaOf(input, tool.name) : { ...input };
    if (inputSchema.type !== 'object') throw new TypeError(`the arguments of ${tool.name} are not an object`);
    refuseRemoteReferences(inputSchema, tool.name);
    const { name, description, annotations } = tool;
    list.push({ name, description, inputSchema, ...(annotations && { annotations: { ...annotations } }) });
    const schema = isSchema(input) ? input : (fromJsonSchema(inputSchema) as InputSchema);
    entries.set(name, {
      tool,
      async check(args) {
        const result = await schema['~standard'].validate(args);
        return result.issues ? { problem: result.issues.map(sentenceOf).join('; ') } : { value: result.value };
      },
    });
  }
  return { list, entries };
}

const isSchema = (input: InputSchema | JsonSchema): input is InputSchema => '~standard' in input;

function jsonSchemaOf(input: InputSchema, name: string): ListedTool['inputSchema'] {
  if ('_zod' in input) return toJSONSchema(input as unknown as $ZodType, { io: 'input' }) as ListedTool['inputSchema'];
  const { jsonSchema } = input['~standard'] as { jsonSchema?: { input(options: object): Record<string, unknown> } };
  if (!jsonSchema) throw new TypeError(`the schema of ${name} cannot be shown as JSON Schema; give a JSON Schema`);
  return jsonSchema.input({ target: 'draft-2020-12' }) as ListedTool['inputSchema'];
}

function refuseRemoteReferences(node: unknown, name: string): void {
  if (typeof node !== 'object' || node === null) return;
  for (const [keyword, value] of Object.entries(node)) {
    if (keyword === '$ref' && typeof value === 'string' && !value.startsWith('#')) {
      throw new TypeError(`the schema of ${name} refers to another document: ${value}`);
    }
    refuseRemoteReferences(value, name);
  }
}

/** An issue as `where: what`. zod/mini without a locale only says "Invalid input"; its facts say more. */
function sentenceOf(issue: SchemaIssue & { readonly expected?: unknown }): string {
  const where = (issue.path ?? []).map((key) => String(typeof key === 'object' ? key.key : key)).join('.');
  const isBare = issue.message === 'Invalid input' && typeof issue.expected === 'string';
  const what = isBare ? `${issue.message}: expected ${issue.expected}` : issue.message;
  return where === '' ? what : `${where}: ${what}`;
}
