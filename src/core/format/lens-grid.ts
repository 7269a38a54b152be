/** The format of the logit lens over a whole pass. */
import type { ModelInfo, PromptToken, Reading } from './flow-graph';
import type { AppliedIntervention } from './intervention';

/** Logit lens of the residual stream: layers × positions. */
export interface LensGrid {
  readonly schema: 'visit.lens/1';
  readonly model: ModelInfo;
  readonly prompt: string;
  readonly tokens: readonly PromptToken[];
  /** what was changed of the model while it ran; absent for an ordinary pass */
  readonly interventions?: readonly AppliedIntervention[];
  /** `rows[l].cells[p]` reads `blocks.l.hook_resid_post` at position p */
  readonly rows: readonly { readonly layer: number; readonly cells: readonly Pick<Reading, 'top' | 'entropy'>[] }[];
}
