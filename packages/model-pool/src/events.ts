import type { DecisionInputs, DecisionKind } from './decisions/decision-inputs.js';
import type { CallEnd, CallStart, Id, Labels, Lane, TextDelta, ToolCall } from './types.js';

/** The call waits in its lane. */
export interface CallQueued {
  /** Always `call-queued`. */
  readonly type: 'call-queued';
  /** The request. */
  readonly requestId: Id;
  /** The lane. */
  readonly lane: Lane;
  /** Calls before it, itself included. */
  readonly position: number;
  /** When its turn is expected, ms; `null` = nothing learnt yet. */
  readonly etaMs: number | null;
  /** The caller's labels. */
  readonly labels: Labels;
}

/** The call waits for its model to be loaded. */
export interface ModelLoad {
  /** Always `model-load`. */
  readonly type: 'model-load';
  /** The attempt. */
  readonly callId: Id;
  /** The request. */
  readonly requestId: Id;
  /** Name of the model in the configuration. */
  readonly name: string;
  /** Expected time, ms; `null` = it was never loaded before. */
  readonly etaMs: number | null;
  /** The caller's labels. */
  readonly labels: Labels;
}

/** The call goes on with another model. */
export interface CallFallback {
  /** Always `call-fallback`. */
  readonly type: 'call-fallback';
  /** The request. */
  readonly requestId: Id;
  /** Name in the configuration of the model that failed. */
  readonly from: string;
  /** Name in the configuration of the model that goes on. */
  readonly to: string;
  /** Code of the failure. */
  readonly reason: string;
  /** Whether the text sent so far is void. */
  readonly dropText: boolean;
  /** The caller's labels. */
  readonly labels: Labels;
}

/** The model asks for a tool. */
export interface ToolCallEvent extends ToolCall {
  /** Always `tool-call`. */
  readonly type: 'tool-call';
  /** The attempt. */
  readonly callId: Id;
  /** The request. */
  readonly requestId: Id;
  /** Which of the attempt's tool calls, from 0. */
  readonly index: number;
  /** The caller's labels. */
  readonly labels: Labels;
}

/** What a call sends to its caller, in order. */
export type CallEvent = CallQueued | ModelLoad | CallStart | TextDelta | ToolCallEvent | CallFallback | CallEnd;

/** A model is in memory and answers. */
export interface ModelReady {
  /** Always `model-ready`. */
  readonly type: 'model-ready';
  /** Epoch ms. */
  readonly atMs: number;
  /** Name of the model in the configuration. */
  readonly name: string;
  /** How long the load took, ms; `null` = it was loaded by someone else. */
  readonly loadMs: number | null;
}

/** A model that should be in memory is not. */
export interface ModelLost {
  /** Always `model-lost`. */
  readonly type: 'model-lost';
  /** Epoch ms. */
  readonly atMs: number;
  /** Name of the model in the configuration. */
  readonly name: string;
  /** What was seen. */
  readonly reason: 'evicted' | 'backend-down' | 'runner-died' | 'unresponsive';
}

/**
 * Why a model left the memory: unused for its time (`linger`), taken out by its server (`server`), for another model
 * (`memory`), for one that it takes turns with (`swap`), because it answered no more (`unresponsive`), `asked` by hand, or
 * with the pool (`closed`).
 */
export type EvictReason = 'linger' | 'server' | 'memory' | 'swap' | 'unresponsive' | 'asked' | 'closed';

/** A model left the memory as planned. */
export interface ModelEvict {
  /** Always `model-evict`. */
  readonly type: 'model-evict';
  /** Epoch ms. */
  readonly atMs: number;
  /** Name of the model in the configuration. */
  readonly name: string;
  /** Why. */
  readonly reason: EvictReason;
}

/** A lost model is back. */
export interface ResidencyRestore {
  /** Always `residency-restore`. */
  readonly type: 'residency-restore';
  /** Epoch ms. */
  readonly atMs: number;
  /** Name of the model in the configuration. */
  readonly name: string;
  /** How long it was away, ms. */
  readonly lostMs: number;
}

/** A model runs with another context than its profile, because another client loaded it. */
export interface ContextDrift {
  /** Always `profile-drift`. */
  readonly type: 'profile-drift';
  /** Always `context`. */
  readonly reason: 'context';
  /** Epoch ms. */
  readonly atMs: number;
  /** Name of the model in the configuration. */
  readonly name: string;
  /** Context of the profile, tokens. */
  readonly wantedTokens: number;
  /** Context found, tokens. */
  readonly foundTokens: number;
  /** `reload` = it is loaded with its own; `adopt` = calls take the one that was found. */
  readonly action: 'reload' | 'adopt';
}

/** The files of a model changed, as by a pull. */
export interface DigestDrift {
  /** Always `profile-drift`. */
  readonly type: 'profile-drift';
  /** Always `digest`. */
  readonly reason: 'digest';
  /** Epoch ms. */
  readonly atMs: number;
  /** Name of the model in the configuration. */
  readonly name: string;
  /** Hex digest before. */
  readonly oldDigest: string;
  /** Hex digest now. */
  readonly newDigest: string;
  /** `reload` = it is loaded anew once nobody uses it; `adopt` = the next load takes the new files. */
  readonly action: 'reload' | 'adopt';
}

/** A model turned out too slow for a role. */
export interface SpeedDrift {
  /** Always `profile-drift`. */
  readonly type: 'profile-drift';
  /** Always `too-slow`. */
  readonly reason: 'too-slow';
  /** Epoch ms. */
  readonly atMs: number;
  /** Name of the model in the configuration. */
  readonly name: string;
  /** The role. */
  readonly role: 'ux' | 'planning';
  /** What was measured: ms to the first token for `ux`, tokens a second for `planning`. */
  readonly measured: number;
  /** What would do, in the same unit. */
  readonly limit: number;
  /** Name of the model that serves the role from now on; `null` = nothing changes. */
  readonly steppedDownTo: string | null;
}

/** A model is not as its profile, or its role, wants it. */
export type ProfileDrift = ContextDrift | DigestDrift | SpeedDrift;

/** A backend stopped answering, or answers again. */
export interface BackendChange {
  /** Which of the two. */
  readonly type: 'backend-down' | 'backend-up';
  /** Epoch ms. */
  readonly atMs: number;
  /** Name of the backend in the configuration. */
  readonly backend: string;
  /** What was seen. */
  readonly reason: string;
}

/** A configured model is not installed on its backend; it can be pulled. */
export interface ModelMissing {
  /** Always `model-missing`. */
  readonly type: 'model-missing';
  /** Epoch ms. */
  readonly atMs: number;
  /** Name of the model in the configuration. */
  readonly name: string;
  /** Name of the backend in the configuration. */
  readonly backend: string;
  /** The model's name on its server. */
  readonly model: string;
}

/** Something that was not chosen. */
export interface RejectedOption {
  /** What it was. */
  readonly option: string;
  /** Why not. */
  readonly reason: string;
}

/** A choice of the pool of one kind with what it was based on. */
export interface DecisionOf<Kind extends DecisionKind> {
  /** Counts up from 1. */
  readonly id: number;
  /** Epoch ms. */
  readonly atMs: number;
  /** What was decided. */
  readonly kind: Kind;
  /** The request, unless the pool decided for itself. */
  readonly requestId: Id | null;
  /** The attempt. */
  readonly callId: Id | null;
  /** The task that the request belongs to, as its labels say. */
  readonly taskId: Id | null;
  /** What was known: given this, the pure function of the kind makes the same choice again. Never changes. */
  readonly inputs: DecisionInputs[Kind];
  /** What was chosen; `null` = nothing could be. */
  readonly chosen: string | null;
  /** What was not chosen. */
  readonly rejected: readonly RejectedOption[];
}

/** A choice of the pool; `kind` says what its `inputs` are. */
export type Decision = { [Kind in DecisionKind]: DecisionOf<Kind> }[DecisionKind];

/** A decision as an event. */
export type DecisionEvent = Decision & {
  /** Always `decision`. */
  readonly type: 'decision';
};

/** Every event of the pool: those of all calls and its own. */
export type PoolEvent =
  | CallEvent
  | ModelReady
  | ModelLost
  | ModelEvict
  | ResidencyRestore
  | ProfileDrift
  | BackendChange
  | ModelMissing
  | DecisionEvent;
