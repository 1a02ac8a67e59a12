export type { Beat, Clock, RuntimeServer } from '../types.js';
export type { Load } from './beat.js';
export {
  type ConnectionEvents,
  type ConnectOptions,
  connectSupervisor,
  type HostProcess,
  type SupervisorConnection,
} from './connect-supervisor.js';
export type { StopHandler, StopRequest } from './stopping.js';
