/**
 * What the tests of the extension may see and do, beside what they can through the editor itself. Handed out in test mode only.
 */
import type * as vscode from 'vscode';
import type { Comparison } from '../core/format/comparison';
import type { FlowGraph } from '../core/format/flow-graph';
import type { LensListing } from '../core/insight/lens-listing';
import type { PredictionTable } from '../core/format/prediction-table';
import type { ShownContinuation, ShownProblem } from '../core/protocol/inspector';
import type { Highlight } from './prompts/highlight';
import type { ExtensionController } from './extension-controller';

/** See the head of this file. */
export interface TestApi {
  state(): {
    readonly panelOpen: boolean;
    readonly pageListening: boolean;
    readonly panelColumn: vscode.ViewColumn | undefined;
    readonly busy: boolean;
    readonly graph: FlowGraph | undefined;
    readonly comparison: Comparison | undefined;
    readonly predictions: PredictionTable | undefined;
    readonly continuation: ShownContinuation | null;
    /** problem in the panel */
    readonly problem: ShownProblem | undefined;
    /** last problem outside the panel */
    readonly notice: ShownProblem | undefined;
    readonly highlight: Highlight | undefined;
    /** every mark, that of the left prompt first */
    readonly highlights: readonly Highlight[];
    /** text of the prompt that is selected for compare, as the status bar shows it */
    readonly selectedForCompare: string | undefined;
    readonly statusText: string;
    /** what is said of the model under the pointer, as Markdown */
    readonly statusTooltip: string;
    /** names of the models that the list of *Choose Model* offers, once it is complete; undefined while it is not open */
    readonly offeredModels: readonly string[] | undefined;
    /** the lenses of the model in use, once they have been listed */
    readonly lenses: LensListing | undefined;
    readonly enginePid: number | undefined;
    /** calls that the engine has not answered */
    readonly enginePending: number;
  };
  /** Acts as if the page had sent this. Fulfilled when it has begun. */
  receive(message: unknown): Promise<void>;
}

/** Observes a controller. */
export function testApi(controller: ExtensionController): TestApi {
  const { panel, session, status, engine } = controller;
  return {
    state: () => ({
      panelOpen: panel.open,
      pageListening: panel.listening,
      panelColumn: panel.column,
      busy: session.busy,
      graph: session.shown?.kind === 'graph' ? session.shown.graph : undefined,
      comparison: session.shown?.kind === 'comparison' ? session.shown.comparison : undefined,
      predictions: session.shown?.kind === 'predictions' ? session.shown.table : undefined,
      continuation: session.continuation,
      problem: session.problem,
      notice: controller.notice,
      highlight: controller.highlights.current[0],
      highlights: controller.highlights.current,
      selectedForCompare: controller.prompts.selectedForCompare,
      statusText: status.text,
      statusTooltip: status.tooltip,
      offeredModels: controller.models.offered,
      lenses: controller.lenses.listing,
      enginePid: engine.pid,
      enginePending: engine.pending,
    }),
    receive: (message) => panel.receive(message),
  };
}
