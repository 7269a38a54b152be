/** The format of what a model predicts after each of several prompts. */
import type { ProblemData } from '../problem';
import type { ModelInfo, PromptToken, Reading } from './flow-graph';

/** What the model predicts after each of several prompts. */
export interface PredictionTable {
  readonly schema: 'visit.predictions/1';
  readonly model: ModelInfo;
  readonly rows: readonly PredictionRow[];
}

/** One prompt and what follows it, or why that cannot be said. */
export type PredictionRow =
  | {
      readonly prompt: string;
      readonly tokens: readonly PromptToken[];
      /** the most likely next tokens, most likely first */
      readonly top: Reading['top'];
      /** bits */
      readonly entropy: number;
    }
  | { readonly prompt: string; readonly problem: ProblemData };
