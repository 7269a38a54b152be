/**
 * What the user has chosen to see, as far as anything was chosen. What is absent follows the prompt, the model or the
 * settings, so that a choice outlives the prompt it was made on only where that makes sense.
 */
import type * as z from 'zod';
import type { FlowGraph } from '../../core/format/flow-graph';
import type { GraphCounts } from '../../core/format/graph-counts';
import { DEFAULT_MEASURE } from '../../core/format/default-measure';
import type { BaselineInput } from '../../core/protocol/engine-inputs';
import type { GraphOptions } from '../../core/protocol/engine-options';
import type { ViewRequest } from '../../core/protocol/view-request';
import type { viewChoiceSchema } from './kept-input';

/**
 * See the head of this file. Absent target: the model's own prediction; absent against: no logit is subtracted; absent measure:
 * centred; absent effects: none; absent baseline: components are switched off.
 */
export type ViewChoice = z.infer<typeof viewChoiceSchema>;

/** What takes a component's place where nothing was chosen. */
export const SWITCHED_OFF: BaselineInput = { baseline: 'zero' };

/** What the settings say about graphs on which nothing was chosen. */
export interface ViewDefaults {
  readonly counts: GraphCounts;
  /** how many of the last blocks are drawn; 0: all */
  readonly lastLayers: number;
}

/** The choice after a change in the page. @param isVisit its counts last until other layers or another prompt are shown */
export function withChange(choice: ViewChoice, { target, against, counts, ...rest }: Partial<ViewRequest>, isVisit = false): ViewChoice {
  const { target: oldTarget, against: oldAgainst, visit: oldVisit, ...kept } = choice;
  const endsVisit = rest.layers !== undefined || counts !== undefined;
  const visit = isVisit ? counts : endsVisit ? undefined : oldVisit;
  const newTarget = target === undefined ? oldTarget : (target ?? undefined);
  const newAgainst = against === undefined ? oldAgainst : (against ?? undefined);
  return {
    ...kept,
    ...rest,
    ...(counts && !isVisit && { counts }),
    ...(visit && { visit }),
    ...(newTarget !== undefined && { target: newTarget }),
    ...(newAgainst !== undefined && { against: newAgainst }),
  };
}

/**
 * What of a choice stays when another prompt is run: layers, counts, measure and a mean over prompts as the baseline of effects, for
 * position, target and twin belong to the prompt.
 * A page that shows effects asks for them once the first graph is there, so that this comes no later.
 */
export function forNextPrompt({ layers, counts, measure, baseline }: ViewChoice): ViewChoice {
  const mean = baseline?.baseline === 'mean' && { baseline };
  return { ...(layers && { layers }), ...(counts && { counts }), ...(measure && { measure }), ...mean };
}

/** What of a choice stays when another model is used: counts, measure and baseline. */
export function forNextModel({ counts, measure, baseline }: ViewChoice): ViewChoice {
  return { ...(counts && { counts }), ...(measure && { measure }), ...(baseline && { baseline }) };
}

/** The engine's options for a choice. Layers that the model has not are drawn as its last. */
export function graphOptions(choice: ViewChoice, defaults: ViewDefaults): GraphOptions {
  return {
    layers: choice.layers ? { ...choice.layers, clamp: true } : { last: defaults.lastLayers },
    counts: choice.visit ?? choice.counts ?? defaults.counts,
    ...(choice.position !== undefined && { position: choice.position }),
    ...(choice.target !== undefined && { target: { text: choice.target } }),
    ...(choice.against !== undefined && { against: { text: choice.against } }),
    ...(choice.measure && { measure: choice.measure }),
    ...(choice.effects && { effects: choice.baseline ?? SWITCHED_OFF }),
  };
}

/** The request that a graph answers, every field settled. */
export function settledRequest(graph: Pick<FlowGraph, 'position' | 'layers' | 'counts' | 'effects'>, choice: ViewChoice): ViewRequest {
  return {
    position: graph.position,
    layers: layersOf(graph),
    target: choice.target ?? null,
    against: choice.against ?? null,
    counts: graph.counts,
    measure: choice.measure ?? DEFAULT_MEASURE,
    baseline: choice.baseline ?? SWITCHED_OFF,
    effects: graph.effects !== undefined,
  };
}

/** First and last block that a graph draws. */
export function layersOf({ layers }: Pick<FlowGraph, 'layers'>): ViewRequest['layers'] {
  return { from: Math.min(...layers), to: Math.max(...layers) };
}
