/** Everything that the page knows. `reduce.ts` says how each event changes it. */
import type { Side } from '#core/format/comparison';
import type { ModelInfo } from '#core/format/flow-graph';
import type { PredictionTable } from '#core/format/prediction-table';
import type { HostMessage, PromptOrigin, SeenName, ShownContinuation, ShownProblem } from '#core/protocol/inspector';
import type { CompareRequest, ViewRequest } from '#core/protocol/view-request';
import type { Progress } from '#core/call-context';
import type { Theme } from '../lib/theme/theme';
import { NO_INSIGHTS, type Insights } from './insight-state';
import type { ShownComparison } from './shown-comparison';
import type { ShownGraph } from './shown-graph';
import { NO_TRAIL, type Trail } from './stops';
import type { ViewState } from './view-state';

/** What is going on. */
export type Phase =
  /** The host has not spoken yet. */
  | { readonly kind: 'starting' }
  | { readonly kind: 'welcome'; readonly model: ModelInfo | null }
  | { readonly kind: 'idle' }
  | { readonly kind: 'working'; readonly progress: Progress }
  | { readonly kind: 'problem'; readonly problem: ShownProblem };

/** Why a typed token is not a single token, and what may have been meant. */
export type TargetProblem = Pick<Extract<HostMessage, { type: 'targetProblem' }>, 'text' | 'pieces' | 'near' | 'field'>;

/** On a card, the prompt that is being typed from which a component shall take its value. */
export interface PatchForm {
  /** the card's node */
  readonly card: string;
  /** name of the component */
  readonly component: string;
  readonly text: string;
}

/** A token that is looked for in the whole pass; see `core/insight/token-index.ts`. */
export interface Search {
  /** as typed */
  readonly text: string;
  /** only whole tokens are found */
  readonly whole: boolean;
  /** position whose heads and neurons are searched: what was found may lead to another */
  readonly position: number;
  /** which of the places was gone to; null: none yet */
  readonly at: number | null;
  /** all places are listed */
  readonly listed: boolean;
}

/** The predictions of several prompts. */
export interface Predictions {
  readonly table: PredictionTable;
  readonly origin: PromptOrigin;
}

/** See the head of this file. */
export interface PageState {
  readonly phase: Phase;
  /** one graph; at most one of this, `compared` and `predictions` is there */
  readonly shown: ShownGraph | null;
  readonly compared: ShownComparison | null;
  readonly predictions: Predictions | null;
  /** by which the host can show again what is shown */
  readonly seen: SeenName | null;
  readonly trail: Trail;
  /** how the model continues what is shown; null: it has not been asked to */
  readonly continuation: ShownContinuation | null;
  /** What the controls say: the shown request, or what has been asked for since. */
  readonly request: ViewRequest | null;
  /** The same of a comparison. */
  readonly compareRequest: CompareRequest | null;
  /** the prompt to compare with is being typed */
  readonly asking: boolean;
  readonly patchForm: PatchForm | null;
  /** null: no token is looked for */
  readonly search: Search | null;
  /** what is changed on a card is changed at the position under study only, and not at every position */
  readonly changeHere: boolean;
  readonly targetProblem: TargetProblem | null;
  /** the node under the pointer, or the current row of the table */
  readonly hovered: string | null;
  /** the prompt token under the pointer */
  readonly hoveredToken: number | null;
  readonly insights: Insights;
  /** the lenses of the model in use; null: the host has not said yet, or there is none */
  readonly lenses: Pick<Extract<HostMessage, { type: 'lenses' }>, 'listing' | 'chosen'> | null;
  /** side of a comparison on which the pointer is */
  readonly hoveredSide: Side;
  readonly theme: Theme;
  /** two drawings have no room side by side */
  readonly narrow: boolean;
  readonly view: ViewState;
}

/** A state in which nothing is shown. */
export const NOTHING = {
  shown: null,
  compared: null,
  predictions: null,
  seen: null,
  request: null,
  compareRequest: null,
  asking: false,
  patchForm: null,
  targetProblem: null,
  hovered: null,
  hoveredToken: null,
} as const satisfies Partial<PageState>;

/** The state before the host has spoken. */
export function firstState(theme: Theme, view: ViewState, trail: Trail = NO_TRAIL): PageState {
  return {
    ...NOTHING,
    phase: { kind: 'starting' },
    hoveredSide: 'left',
    changeHere: false,
    search: null,
    insights: NO_INSIGHTS,
    lenses: null,
    continuation: null,
    theme,
    narrow: false,
    view,
    trail,
  };
}
