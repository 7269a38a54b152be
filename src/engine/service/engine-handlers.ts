import type { CallContext } from '../../core/call-context';
import type { EngineMethods } from '../../core/protocol/engine';

/** One function for each method; parameters have been checked. */
export type EngineHandlers = {
  readonly [K in keyof EngineMethods]: (params: EngineMethods[K]['params'], context: CallContext) => Promise<EngineMethods[K]['result']>;
};
