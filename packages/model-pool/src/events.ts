import type { CallEnd, CallStart, Id, JsonObject, Labels, Lane, TextDelta } from './types.js';

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

/** What a call sends to its caller, in order. */
export type CallEvent = CallQueued | ModelLoad | CallStart | TextDelta | CallFallback | CallEnd;

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
  readonly reason: 'evicted' | 'backend-down' | 'runner-died';
}

/** A model left the memory as planned. */
export interface ModelEvict {
  /** Always `model-evict`. */
  readonly type: 'model-evict';
  /** Epoch ms. */
  readonly atMs: number;
  /** Name of the model in the configuration. */
  readonly name: string;
  /** Why. */
  readonly reason: 'linger' | 'memory' | 'asked';
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

/** A model runs with other options than its profile. */
export interface ProfileDrift {
  /** Always `profile-drift`. */
  readonly type: 'profile-drift';
  /** Epoch ms. */
  readonly atMs: number;
  /** Name of the model in the configuration. */
  readonly name: string;
  /** Context of the profile, tokens. */
  readonly wantedTokens: number;
  /** Context found, tokens. */
  readonly foundTokens: number;
  /** What is done about it. */
  readonly action: 'reload' | 'adopt';
}

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

/** A choice of the pool with what it was based on. */
export interface Decision {
  /** Counts up from 1. */
  readonly id: number;
  /** Epoch ms. */
  readonly atMs: number;
  /** What was decided. */
  readonly kind: 'route' | 'grant' | 'load' | 'evict' | 'fallback' | 'retry' | 'fail' | 'refuse' | 'residency';
  /** The request, unless the pool decided for itself. */
  readonly requestId: Id | null;
  /** The attempt. */
  readonly callId: Id | null;
  /** What was known. */
  readonly inputs: JsonObject;
  /** What was chosen; `null` = nothing could be. */
  readonly chosen: string | null;
  /** What was not chosen. */
  readonly rejected: readonly RejectedOption[];
}

/** A decision as an event. */
export interface DecisionEvent extends Decision {
  /** Always `decision`. */
  readonly type: 'decision';
}

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
