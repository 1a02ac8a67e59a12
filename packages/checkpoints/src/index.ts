export { type CheckpointId, formatCheckpointId, parseCheckpointId } from './checkpoint-id.js';
export { createCheckpoints } from './create-checkpoints.js';
export { CheckpointError, type CheckpointErrorCode, type CheckpointErrorOptions } from './errors.js';
export { migrateCheckpoints } from './store/migrate-checkpoints.js';
export type {
  Appended,
  AppendOptions,
  Change,
  Checkpoint,
  CheckpointEvents,
  Checkpoints,
  CheckpointsOptions,
  Clock,
  Damage,
  DamageReason,
  Database,
  Guard,
  JsonObject,
  JsonValue,
  Limits,
  Operation,
  Path,
  StepInfo,
  StepsOptions,
  Thread,
  ThreadDamaged,
  Verification,
  Writer,
} from './types.js';
