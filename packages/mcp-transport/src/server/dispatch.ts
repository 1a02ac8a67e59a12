import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { createEnvelope } from '../envelope.js';
import { errorKey } from '../names.js';
import type { Clock, LedgerPort, Logger, Principal, Progress } from '../types.js';
import { createRunOnce } from './idempotency.js';
import { runTool } from './run-tool.js';
import { failureIn, type WireResult } from './tool-result.js';
import type { ToolTable } from './tool-table.js';

/** A `tools/call` as the dispatcher needs it. */
export interface ToolCall {
  readonly name: string;
  readonly args: unknown;
  readonly principal: Principal;
  readonly idempotencyKey: unknown;
  readonly signal: AbortSignal;
  readonly progress: (progress: Progress) => void;
}

/** What the dispatcher works with. */
export interface DispatchOptions {
  readonly table: ToolTable;
  readonly ledger: LedgerPort;
  readonly callMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly source: string;
}

/** Carries out calls: name, arguments, ledger, run. @throws ProtocolError −32602 for what the caller must change */
export function createDispatch(options: DispatchOptions): (call: ToolCall) => Promise<WireResult> {
  const { table, ledger, callMs, clock, logger, source } = options;
  const runOnce = createRunOnce(ledger, clock, logger);
  const invalid = (code: string, message: string, hint: string) => {
    const envelope = createEnvelope({ code, message, hint, source });
    return new ProtocolError(ProtocolErrorCode.InvalidParams, message, { [errorKey]: envelope });
  };

  const carryOut = async (call: ToolCall): Promise<WireResult> => {
    const { name, principal, idempotencyKey = null } = call;
    const entry = table.entries.get(name);
    if (!entry) {
      throw invalid('unknown-tool', `there is no tool named ${name}`, `tools: ${[...table.entries.keys()].join(', ')}`);
    }
    const checked = await entry.check(call.args);
    if ('problem' in checked) {
      const message = `the arguments of ${name} are not valid: ${checked.problem}`;
      throw invalid('invalid-request', message, 'tools/list shows the schema of the arguments');
    }
    if (idempotencyKey !== null && (typeof idempotencyKey !== 'string' || !/^.{1,256}$/su.test(idempotencyKey))) {
      throw invalid('invalid-request', 'an idempotency key is a text of 1 to 256 characters', 'use a ULID');
    }
    const execute = (signal: AbortSignal, progress: ToolCall['progress']) =>
      runTool({
        ...{ entry, args: checked.value, signal, principal, idempotencyKey, progress, clock, source },
        timeoutMs: entry.tool.timeoutMs ?? callMs,
      });
    if (idempotencyKey === null) return execute(call.signal, call.progress);
    const key = { principal: principal.id, tool: name, key: idempotencyKey };
    const result = await runOnce(key, call.args, call, execute);
    if (result !== 'conflict') return result;
    throw invalid('key-conflict', 'this idempotency key belongs to a call with other arguments', 'use a new key');
  };

  return async (call) => {
    const startedAtMs = clock.now();
    const log = (code: string) => {
      const durationMs = clock.now() - startedAtMs;
      logger.debug({ tool: call.name, principal: call.principal.id, code, durationMs }, 'a tool was called');
    };
    try {
      const result = await carryOut(call);
      log(failureIn(result)?.code ?? (result.isError ? 'tool-error' : 'ok'));
      return result;
    } catch (error) {
      log(error instanceof ProtocolError ? 'refused' : 'aborted');
      throw error;
    }
  };
}
