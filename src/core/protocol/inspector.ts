/**
 * What the extension host says to the inspector page. The host owns the truth; the page asks when it is ready (`page-messages.ts`),
 * and keeps only view state (colour scale, pins, camera) of its own.
 */
import type { Progress } from '../call-context';
import type { Comparison, Side } from '../format/comparison';
import type { ContinuationEnd, GeneratedToken } from '../format/continuation';
import type { FlowGraph, FlowNode, ModelInfo } from '../format/flow-graph';
import type { PredictionTable } from '../format/prediction-table';
import type { LensListing } from '../insight/lens-listing';
import type { ProblemData } from '../problem';
import type { TokenText } from '../text/token-text';
import type { InsightAnswer } from './insight';
import type { PageQuestion } from './page-questions';
import type { CompareRequest, ViewRequest } from './view-request';

/** Where the prompt came from, to be named in the panel and revealed in the editor. */
export interface PromptOrigin {
  /** file name for display; absent for a typed prompt */
  readonly name?: string;
  /** address of the file, by which it is known; absent for a typed prompt */
  readonly uri?: string;
}

/** A problem as the page shows it: text, and actions whose ids come back in `action`. */
export interface ShownProblem extends ProblemData {
  readonly actions?: readonly { readonly id: string; readonly title: string }[];
}

/** Which typed token a `targetProblem` is about. */
export type TargetField = { readonly side?: Side; readonly of: 'target' | 'against' };

/** By which the page can have a result shown again. A host that gives none cannot do that. */
export type SeenName = string;

/** Through what has been seen. */
export type Direction = 'back' | 'forward';

/** What a model continues a prompt with, as far as it has come. */
export interface ShownContinuation {
  /** ids of the tokens of the prompt */
  readonly prompt: readonly number[];
  readonly tokens: readonly GeneratedToken[];
  /** why there are no more; null: more are coming */
  readonly ended: ContinuationEnd | null;
}

/** Host → page. */
export type HostMessage =
  /** Answered with `answer` under the same id. */
  | { readonly type: 'question'; readonly id: number; readonly question: PageQuestion }
  | InsightAnswer
  /** A graph to draw, and the request that it answers. */
  | {
      readonly type: 'graph';
      readonly graph: FlowGraph;
      /** of the model that made it */
      readonly fingerprint: string;
      readonly request: ViewRequest;
      readonly origin: PromptOrigin;
      /** how many of the last tokens the model has said itself; absent: none */
      readonly generated?: number;
      readonly seen?: SeenName;
    }
  /** Nodes of the graph with this name that the page has asked for, now that they have been read. */
  | { readonly type: 'nodesRead'; readonly nodes: readonly FlowNode[]; readonly seen: SeenName }
  /** The graph with this name, now that all of its nodes have been read. */
  | { readonly type: 'graphRead'; readonly graph: FlowGraph; readonly seen: SeenName }
  /** Two passes to draw alike, and the request that they answer. */
  | {
      readonly type: 'comparison';
      readonly comparison: Comparison;
      /** of the model that ran both passes */
      readonly fingerprint: string;
      readonly request: CompareRequest;
      readonly origins: Readonly<Record<Side, PromptOrigin>>;
      readonly seen?: SeenName;
    }
  /** What several prompts are continued with; any two can be opened in a comparison. */
  | { readonly type: 'predictions'; readonly table: PredictionTable; readonly origin: PromptOrigin; readonly seen?: SeenName }
  /** How the model continues what is shown, as far as it has come; null: nothing is continued any more. */
  | { readonly type: 'continuation'; readonly continuation: ShownContinuation | null }
  /** The lenses that the model in use can be read through, and which of them is asked for: a lens's name, or `logit`. */
  | { readonly type: 'lenses'; readonly listing: LensListing; readonly chosen: string }
  /** The host knows nothing any more of what was to be shown again. */
  | { readonly type: 'gone'; readonly seen: SeenName }
  /** The user goes back to what was seen before, or forward again. */
  | { readonly type: 'go'; readonly direction: Direction }
  /** The user looks for a token in what is shown. */
  | { readonly type: 'findToken' }
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
