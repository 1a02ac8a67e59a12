import type { McpTool } from './types.js';

/** A tool whose `run` gets its arguments typed by its schema. */
export function defineTool<Arguments>(tool: McpTool<Arguments>): McpTool<Arguments> {
  return tool;
}
