import type { ModelRef } from '../../core/protocol/engine-inputs';
import type { EngineCalls } from '../../engine-client/engine-calls';

/** The engine with the model that it is to run. */
export interface ModelCalls {
  readonly engine: EngineCalls;
  readonly model: ModelRef;
}
