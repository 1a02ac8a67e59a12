import { CheckpointError } from '@tale/checkpoints';
import { ConfigError } from '@tale/config';
import { ContextError } from '@tale/context';
import { LocalEngineError } from '@tale/local-engine';
import { McpTransportError } from '@tale/mcp-transport';
import { ModelPoolError } from '@tale/model-pool';
import { ProtocolError } from '@tale/protocol';
import { SupervisorError } from '@tale/supervisor';
import { TasksError } from '@tale/tasks';
import { TokenTrackerError } from '@tale/token-tracker';
import { expect, it } from 'vitest';

const classes = {
  CheckpointError,
  ConfigError,
  ContextError,
  LocalEngineError,
  McpTransportError,
  ModelPoolError,
  ProtocolError,
  SupervisorError,
  TasksError,
  TokenTrackerError,
};

it.each(Object.entries(classes))('%s is named, branded and carries facts', (name, ErrorClass) => {
  const error = new (
    ErrorClass as unknown as new (
      code: string,
      message: string,
      options?: object,
    ) => Error & Record<string, unknown>
  )('closed', 'what happened', { cause: 'why' });
  expect(error).toMatchObject({ name, code: 'closed', message: 'what happened', retryable: false });
  expect((ErrorClass as unknown as { isInstance(error: unknown): boolean }).isInstance(error)).toBe(true);
  for (const [otherName, Other] of Object.entries(classes)) {
    if (otherName === name) continue;
    expect((Other as unknown as { isInstance(error: unknown): boolean }).isInstance(error)).toBe(false);
  }
});
