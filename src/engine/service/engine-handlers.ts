import type { CallContext } from '../../core/call-context';
import type { EngineMethods, OpenedModel } from '../../core/protocol/engine';

/** What a handler is handed besides the parameters. */
export interface HandlerContext extends CallContext {
  /** Tells the caller which model answers, as soon as it is in memory. */
  readonly opened: (model: OpenedModel) => void;
}

/** One function for each method; parameters have been checked. */
export type EngineHandlers = {
  readonly [K in keyof EngineMethods]: (params: EngineMethods[K]['params'], context: HandlerContext) => Promise<EngineMethods[K]['result']>;
};
