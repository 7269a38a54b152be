/**
 * Messages between the extension host and the inspector page. The host owns the truth; the page asks when it is ready,
 * and keeps only view state (colour scale, pins, camera) of its own.
 */
import type { FlowGraph, ModelInfo } from '../graph/flow-graph';
import type { ProblemData } from '../problem';
import type { TokenText } from '../text/token-text';
import type { GraphCounts } from './engine';
import type { InsightAnswer, InsightQuestion } from './insight';
import type { Progress } from './rpc';

/** What the user has asked to see. `target` is the typed text, or null for the model's own prediction. */
export interface ViewRequest {
  readonly position: number;
  readonly layers: { readonly from: number; readonly to: number };
  readonly target: string | null;
  readonly counts: GraphCounts;
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

/** Host → page. */
export type HostMessage =
  | InsightAnswer
  /** A graph to draw, and the request that it answers. */
  | { readonly type: 'graph'; readonly graph: FlowGraph; readonly request: ViewRequest; readonly origin: PromptOrigin }
  /** Work has begun or moved on; the graph that is shown stays, dimmed. */
  | { readonly type: 'working'; readonly progress: Progress }
  /** Work has ended without a graph. The last graph stays. */
  | { readonly type: 'problem'; readonly problem: ShownProblem }
  /** The work was cancelled; the last graph is current again. */
  | { readonly type: 'idle' }
  /** The typed target is no single token: the pieces it has, and single tokens that may have been meant. */
  | { readonly type: 'targetProblem'; readonly text: string; readonly pieces: readonly TokenText[]; readonly near: readonly TokenText[] }
  /** Nothing has been asked yet; the page shows how to begin. */
  | { readonly type: 'welcome'; readonly model: ModelInfo | null };

/** Page → host. */
export type PageMessage =
  | InsightQuestion
  /** The page is drawn and listening; `restored` carries what `setState` had kept, if anything. */
  | { readonly type: 'ready' }
  /** Part of the request changes; the host answers with `graph`, `problem` or `targetProblem`. */
  | { readonly type: 'change'; readonly change: Partial<ViewRequest> }
  | { readonly type: 'cancel' }
  /** Highlight the text of a prompt token in the editor (null: none); `focus` also scrolls there. */
  | { readonly type: 'highlight'; readonly token: number | null; readonly focus: boolean }
  | { readonly type: 'export'; readonly format: 'json' | 'html' }
  | { readonly type: 'action'; readonly id: string }
  /** Something in the page failed; goes to the log. */
  | { readonly type: 'pageError'; readonly message: string };
