/**
 * Messages between the extension host and the inspector page. The host owns the truth; the page asks when it is ready,
 * and keeps only view state (colour scale, pins, camera) of its own.
 */
import type { Comparison, Side, ComparedTargets } from '../format/comparison';
import type { FlowGraph, ModelInfo } from '../format/flow-graph';
import type { Intervention } from '../format/intervention';
import type { ProblemData } from '../problem';
import type { TokenText } from '../text/token-text';
import type { GraphCounts } from '../format/graph-counts';
import type { PredictionTable } from '../format/prediction-table';
import type { InsightAnswer, InsightQuestion } from './insight';
import type { Progress } from '../call-context';

/** Where one pass is looked at, and for which token. */
export interface SideRequest {
  readonly position: number;
  /** typed text of one token; null: the model's own prediction */
  readonly target: string | null;
  /** typed text of the token whose logit is subtracted from the target's; null: none */
  readonly against: string | null;
}

/** What is drawn of a pass, or of two alike. */
export interface DrawnRequest {
  readonly layers: { readonly from: number; readonly to: number };
  readonly counts: GraphCounts;
}

/** What the user has asked to see. */
export interface ViewRequest extends SideRequest, DrawnRequest {}

/** What the user has asked to see of two passes. */
export interface CompareRequest extends DrawnRequest, Readonly<Record<Side, SideRequest>> {
  readonly targets: ComparedTargets;
  /** what is changed of the model while it runs the right prompt */
  readonly interventions: readonly Intervention[];
}

/** Where the prompt came from, to be named in the panel and revealed in the editor. */
export interface PromptOrigin {
  /** file name for display; absent for a typed prompt */
  readonly name?: string;
}

/** A problem as the page shows it: text, and actions whose ids come back in `action`. */
export interface ShownProblem extends ProblemData {
  readonly actions?: readonly { readonly id: string; readonly title: string }[];
}

/** Which typed token a `targetProblem` is about. */
export type TargetField = { readonly side?: Side; readonly of: 'target' | 'against' };

/** Host → page. */
export type HostMessage =
  | InsightAnswer
  /** A graph to draw, and the request that it answers. */
  | { readonly type: 'graph'; readonly graph: FlowGraph; readonly request: ViewRequest; readonly origin: PromptOrigin }
  /** Two passes to draw alike, and the request that they answer. */
  | {
      readonly type: 'comparison';
      readonly comparison: Comparison;
      readonly request: CompareRequest;
      readonly origins: Readonly<Record<Side, PromptOrigin>>;
    }
  /** What several prompts are continued with; any two can be opened in a comparison. */
  | { readonly type: 'predictions'; readonly table: PredictionTable; readonly origin: PromptOrigin }
  /** The user is to type the prompt that the shown one is compared with. */
  | { readonly type: 'askOther' }
  /** Work has begun or moved on; the graph that is shown stays, dimmed. */
  | { readonly type: 'working'; readonly progress: Progress }
  /** Work has ended without a graph. The last graph stays. */
  | { readonly type: 'problem'; readonly problem: ShownProblem }
  /** The work was cancelled; the last graph is current again. */
  | { readonly type: 'idle' }
  /** The typed target is not a single token: the pieces it has, and single tokens that may have been meant. */
  | {
      readonly type: 'targetProblem';
      readonly text: string;
      readonly pieces: readonly TokenText[];
      readonly near: readonly TokenText[];
      readonly field: TargetField;
    }
  /** Nothing has been asked yet; the page shows how to begin. */
  | { readonly type: 'welcome'; readonly model: ModelInfo | null };

/** Page → host. */
export type PageMessage =
  | InsightQuestion
  /** The page is drawn and listening. */
  | { readonly type: 'ready' }
  /** Part of the request changes; the host answers with `graph`, `problem` or `targetProblem`. */
  | { readonly type: 'change'; readonly change: Partial<ViewRequest> }
  /** Part of the request of a comparison changes; the host answers with `comparison`, `problem` or `targetProblem`. */
  | { readonly type: 'changeComparison'; readonly change: Partial<CompareRequest> }
  /** Compares the prompt that is shown, or the left one, with a typed one. */
  | { readonly type: 'compareWith'; readonly text: string }
  | { readonly type: 'swap' }
  /**
   * Changes one component of the model, besides those that are changed already: of a graph the same prompt is shown before and
   * after, of a comparison the right side is changed.
   */
  | { readonly type: 'intervene'; readonly intervention: Intervention }
  /** Takes back what is changed of a component; null: of all. */
  | { readonly type: 'takeBack'; readonly component: string | null }
  /** Ends the comparison with the graph of one side. */
  | { readonly type: 'single'; readonly side: Side }
  /** Opens two rows of the table of predictions in a comparison. */
  | { readonly type: 'compareRows'; readonly left: number; readonly right: number }
  /** Opens the flow graph of one row. */
  | { readonly type: 'openRow'; readonly row: number }
  | { readonly type: 'cancel' }
  /** Highlight the text of a prompt token in the editor (null: none); `focus` also scrolls there. `side` in a comparison. */
  | { readonly type: 'highlight'; readonly token: number | null; readonly focus: boolean; readonly side?: Side }
  | { readonly type: 'export'; readonly format: 'json' | 'html' }
  | { readonly type: 'action'; readonly id: string }
  /** Something in the page failed; goes to the log. */
  | { readonly type: 'pageError'; readonly message: string };
