/** Measured effects: what the model says when one component is off, or has its value on other prompts. docs/method.md, "Effect". */
import type { EffectsSummary } from '../format/effects';
import type { FlowGraph, ModelInfo, PromptToken, TokenScore } from '../format/flow-graph';

/** Components that are worth asking for in one call: enough to share the runs of blocks, few enough to be shown as they come. */
export const MEASURED_AT_ONCE = 8;

/** One component, changed alone. */
export interface MeasuredEffect {
  /** its name with its positions, such as `blocks.3.attn.head.7@4` */
  readonly component: string;
  /** by how much the quantity falls */
  readonly measured: number;
  /** probability of the target afterwards */
  readonly probability: number;
  /** what the model predicts afterwards */
  readonly predicts: TokenScore;
}

/** The answer of the `measureEffects` call. */
export interface MeasuredEffects {
  readonly schema: 'visit.measured-effects/1';
  readonly model: ModelInfo;
  readonly prompt: string;
  readonly tokens: readonly PromptToken[];
  readonly position: number;
  /** as in the ordinary pass */
  readonly target: FlowGraph['target'];
  readonly effects: Omit<EffectsSummary, 'first' | 'saturated'>;
  /** in the order in which they were asked for */
  readonly components: readonly MeasuredEffect[];
}
