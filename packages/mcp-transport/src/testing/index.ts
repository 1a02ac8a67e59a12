export type { ToolDescription } from '../pool-types.js';
export type { ErrorEnvelope, LedgerKey, LedgerPort, LedgerRecord, ToolAnnotations } from '../types.js';
export {
  type Fault,
  type FaultyServer,
  type FaultyServerOptions,
  failedResult,
  type PlainFault,
  type ResultFault,
  type RpcFault,
  type SeenRequest,
  type SlowFault,
  type StatusFault,
  startFaultyServer,
} from './faulty-server.js';
export { type LedgerCase, ledgerCases } from './ledger-cases.js';
