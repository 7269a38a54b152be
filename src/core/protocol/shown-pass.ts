/** What is shown, and the options by which the engine looks at the same passes again. */
import type { Comparison, Side } from '../format/comparison';
import type { FlowGraph } from '../format/flow-graph';
import type { Intervention } from '../format/intervention';
import { assertNever } from '../problem';
import type { BaselineInput, PromptInput } from './engine-inputs';
import type { ComparedSide, PassOptions } from './engine-options';

/** What is shown, and what insights are into. */
export type InsightSubject =
  | {
      readonly graph: FlowGraph;
      /** what effects are against; absent: components are switched off */
      readonly baseline?: BaselineInput | undefined;
    }
  | {
      readonly comparison: Comparison;
      /** what is changed of the model on the right side, as it was asked for */
      readonly interventions: readonly Intervention[];
    };

/** The prompt of a graph, as it was given. */
export function promptOf({ prompt, tokens, given }: Pick<FlowGraph, 'prompt' | 'tokens' | 'given'>): PromptInput {
  switch (given) {
    case undefined:
      return { text: prompt };
    case 'marked':
      return { text: prompt, marked: true };
    case 'tokens':
      return { tokens: tokens.map(({ id }) => id) };
    default:
      return assertNever(given);
  }
}

/** Where and for which token the shown graph looks at its pass. */
export function passOptions({ position, target }: FlowGraph): PassOptions {
  return {
    position,
    ...(target.chosen === 'user' && { target: { id: target.id } }),
    ...(target.against && { against: { id: target.against.id } }),
    ...measured(target),
  };
}

/** Both sides of a comparison as the engine is asked for them, each with the target that it was read for. */
export function sidesOf({
  comparison: { left, right },
  interventions,
}: Extract<InsightSubject, { readonly comparison: unknown }>): Readonly<Record<Side, ComparedSide>> {
  const options = ({ position, target }: FlowGraph): PassOptions => ({
    position,
    target: { id: target.id },
    ...(target.against && { against: { id: target.against.id } }),
    ...measured(target),
  });
  return {
    left: { prompt: promptOf(left), options: options(left) },
    right: { prompt: promptOf(right), options: { ...options(right), ...(interventions.length > 0 && { interventions }) } },
  };
}

/** What shares and effects are of; where a graph shows a difference, those of single tokens are centred. */
export function measured({ measure }: FlowGraph['target']): Pick<PassOptions, 'measure'> {
  return measure === 'raw' ? { measure } : {};
}
