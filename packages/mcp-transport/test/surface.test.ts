import { expect, it } from 'vitest';
import * as guard from '../src/guard/index.js';
import * as main from '../src/index.js';
import * as light from '../src/light/index.js';
import * as testing from '../src/testing/index.js';

it.each([
  ['.', main, ['McpTransportError', 'createMcpPool', 'createMcpServer', 'defineTool']],
  ['./light', light, ['McpTransportError', 'callTool', 'getJson', 'readEvents']],
  ['./guard', guard, ['McpTransportError', 'createGuard', 'createGuardedHttpServer', 'readJsonBody']],
  ['./testing', testing, ['failedResult', 'ledgerCases', 'startFaultyServer']],
])('%s exports exactly these values', (_key, module, names) => {
  expect(Object.keys(module).sort()).toEqual([...names].sort());
});
