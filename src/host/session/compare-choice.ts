/**
 * What the user has chosen to see of two passes, as far as anything was chosen. What is absent follows the prompts, the
 * model or the settings.
 */
import type * as z from 'zod';
import type { Comparison, Side } from '../../core/format/comparison';
import type { Intervention } from '../../core/format/intervention';
import { DEFAULT_MEASURE } from '../../core/format/default-measure';
import type { ComparedSide, ComparisonOptions } from '../../core/protocol/engine-options';
import type { CompareRequest, SideRequest } from '../../core/protocol/view-request';
import type { compareChoiceSchema, sideChoiceSchema } from './kept-input';
import { SWITCHED_OFF, type ViewChoice, type ViewDefaults } from './view-choice';

/** One side's own choice. Absent position: the last token; absent target: the model's own prediction; absent against: no logit is subtracted. */
export type SideChoice = z.infer<typeof sideChoiceSchema>;

/** See the head of this file. Absent layers: the block in which the passes diverge most; absent measure: centred; absent interventions: none; absent effects: none; absent baseline: components are switched off. */
export type CompareChoice = z.infer<typeof compareChoiceSchema>;

/** What is chosen of a graph and of a comparison alike, as far as it is. */
function forBoth({
  counts,
  measure,
  baseline,
}: Pick<{ readonly [K in keyof ViewChoice]: ViewChoice[K] | undefined }, 'counts' | 'measure' | 'baseline'>): Pick<
  ViewChoice,
  'counts' | 'measure' | 'baseline'
> {
  return { ...(counts && { counts }), ...(measure && { measure }), ...(baseline && { baseline }) };
}

/** The choice with which a comparison begins: what was chosen for the graph from which it comes. */
export function comparisonOf({ layers, counts, measure, baseline }: ViewChoice): CompareChoice {
  return { left: {}, right: {}, ...(layers && { layers }), ...forBoth({ counts, measure, baseline }) };
}

/** The choice after a change in the page. */
export function withCompareChange(choice: CompareChoice, { left, right, ...rest }: Partial<CompareRequest>): CompareChoice {
  return { ...choice, ...rest, ...(left && { left: sideChoice(left) }), ...(right && { right: sideChoice(right) }) };
}

function sideChoice({ position, target, against }: SideRequest): SideChoice {
  return { position, ...(target !== null && { target }), ...(against !== null && { against }) };
}

/** What was chosen for a graph, as the choice of a side. */
export function sideOf({ position, target, against }: ViewChoice): SideChoice {
  return {
    ...(position !== undefined && { position }),
    ...(target !== undefined && { target }),
    ...(against !== undefined && { against }),
  };
}

/** The same choice with the sides changed over. */
export function swapped(choice: CompareChoice): CompareChoice {
  const { left, right, targets } = choice;
  const turned = targets === 'left' ? 'right' : targets === 'right' ? 'left' : targets;
  return { ...choice, left: right, right: left, ...(turned && { targets: turned }) };
}

/** What of a choice stays when another model is used: counts, measure, baseline and how targets are paired. */
export function comparisonForNextModel({ counts, targets, measure, baseline }: CompareChoice): CompareChoice {
  return { left: {}, right: {}, ...(targets && { targets }), ...forBoth({ counts, measure, baseline }) };
}

/** The graph of one side of a comparison. */
export function choiceOfSide(choice: CompareChoice, side: Side): ViewChoice {
  const { layers, counts, measure, baseline } = choice;
  return { ...choice[side], ...(layers && { layers }), ...forBoth({ counts, measure, baseline }) };
}

/** The engine's options of one side. */
export function sideOptions(
  { position, target, against }: SideChoice,
  measure: CompareChoice['measure'],
  interventions: readonly Intervention[] = [],
): ComparedSide['options'] {
  return {
    ...(interventions.length > 0 && { interventions }),
    ...(position !== undefined && { position }),
    ...(target !== undefined && { target: { text: target } }),
    ...(against !== undefined && { against: { text: against } }),
    ...(measure && { measure }),
  };
}

/** The engine's options for both sides. Layers that the model has not are drawn as its last. */
export function comparisonOptions(
  { layers, counts, targets, effects, baseline }: CompareChoice,
  defaults: ViewDefaults,
): ComparisonOptions {
  return {
    counts: counts ?? defaults.counts,
    ...(targets && { targets }),
    ...(effects && { effects: baseline ?? SWITCHED_OFF }),
    ...(layers && { layers: { ...layers, clamp: true } }),
  };
}

/** The request that a comparison answers, every field settled. */
export function settledCompareRequest({ left, right }: Pick<Comparison, 'left' | 'right'>, choice: CompareChoice): CompareRequest {
  return {
    left: settled(left, choice.left),
    right: settled(right, choice.right),
    targets: choice.targets ?? 'own',
    interventions: choice.interventions ?? [],
    layers: { from: Math.min(...left.layers), to: Math.max(...left.layers) },
    counts: left.counts,
    measure: choice.measure ?? DEFAULT_MEASURE,
    baseline: choice.baseline ?? SWITCHED_OFF,
    effects: left.effects !== undefined,
  };
}

function settled({ position }: Comparison[Side], { target, against }: SideChoice): SideRequest {
  return { position, target: target ?? null, against: against ?? null };
}
