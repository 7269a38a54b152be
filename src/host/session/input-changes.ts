/**
 * What becomes of the input when the user wishes to see something else of it. Pure: a wish that does not fit the input is
 * answered with undefined.
 */
import type { Side } from '../../core/format/comparison';
import { areRivals } from '../../core/format/component';
import type { Intervention } from '../../core/format/intervention';
import type { CompareRequest, ViewRequest } from '../../core/protocol/view-request';
import { choiceOfSide, comparisonOf, sideOf, swapped, withCompareChange } from './compare-choice';
import type { CompareChoice } from './compare-choice';
import type { InspectorInput } from './inspector-input';
import { plain, type Prompt } from './prompt';
import { forNextPrompt, withChange } from './view-choice';
import type { ViewChoice } from './view-choice';

type Changed = InspectorInput | undefined;

/** Another view of a prompt. @param visit its counts are for one visit */
export function withView(input: Changed, change: Partial<ViewRequest>, visit = false): Changed {
  return input?.kind === 'graph' ? { ...input, choice: withChange(input.choice, change, visit) } : undefined;
}

/** Another view of a comparison. */
export function withComparisonView(input: Changed, change: Partial<CompareRequest>): Changed {
  return input?.kind === 'comparison' ? { ...input, choice: withCompareChange(input.choice, change) } : undefined;
}

/** A prompt, or the left one of two, compared with a typed one. */
export function comparedWith(input: Changed, text: string): Changed {
  switch (input?.kind) {
    case 'graph': {
      const right = saidInstead(input.prompt, text);
      return { kind: 'comparison', left: input.prompt, right, choice: { ...comparisonOf(input.choice), left: sideOf(input.choice) } };
    }
    case 'comparison':
      return { ...input, right: saidInstead(input.left, text), choice: { ...input.choice, right: {} } };
    default:
      return undefined;
  }
}

/** A typed prompt beside another one: where that is a conversation, the same with other last words of the user. */
function saidInstead({ chat }: Prompt, text: string): Prompt {
  if (chat === undefined) return { text };
  const last = chat.findLastIndex(({ role }) => role === 'user');
  const before = chat.slice(0, last).map(({ role, content }) => ({ role, content }));
  return { text, chat: [...before, { role: 'user', content: text }] };
}

/** What is shown without what a template or the model added: of a comparison, both sides. */
export function plainly(input: Changed): Changed {
  switch (input?.kind) {
    case 'graph':
      return { ...input, prompt: plain(input.prompt), choice: forNextPrompt(input.choice) };
    case 'comparison':
      return {
        ...input,
        left: plain(input.left),
        right: plain(input.right),
        choice: comparisonOf(forNextPrompt(choiceOfSide(input.choice, 'left'))),
      };
    default:
      return undefined;
  }
}

/** The prompt with what the model has continued it with, where it predicts one of these tokens. */
export function withContinuation(input: Changed, { tokens, position, target }: LookedInto): Changed {
  if (input?.kind !== 'graph') return undefined;
  const { counts, ...rest } = forNextPrompt(input.choice);
  const choice = { ...rest, ...(counts && { counts }), position, ...(target !== undefined && { target }) };
  return { ...input, prompt: { ...input.prompt, continued: [...tokens] }, choice };
}

/** A token of a continuation that is looked into. */
export interface LookedInto {
  /** ids of the whole continuation */
  readonly tokens: readonly number[];
  /** at which it is predicted */
  readonly position: number;
  /** its text, where it is not the most likely one */
  readonly target: string | undefined;
}

/** A comparison with its sides changed over. */
export function withSidesSwapped(input: Changed): Changed {
  return input?.kind === 'comparison' ? { ...input, left: input.right, right: input.left, choice: swapped(input.choice) } : undefined;
}

/**
 * One more component changed: a prompt is compared before and after, of a comparison the right side is changed.
 *
 * @param layers those that are drawn of a prompt, which stay, so that the card from which this was asked still shows its node
 */
export function withIntervention(input: Changed, intervention: Intervention, layers: ViewChoice['layers']): Changed {
  switch (input?.kind) {
    case 'graph': {
      const side = sideOf(input.choice);
      const choice = {
        ...comparisonOf({ ...(layers && { layers }), ...input.choice }),
        left: side,
        right: side,
        targets: 'left' as const,
        interventions: [intervention],
      };
      return { kind: 'comparison', left: input.prompt, right: input.prompt, choice };
    }
    case 'comparison': {
      const { interventions: before = [] } = input.choice;
      const others = before.filter(({ component }) => !areRivals(component, intervention.component));
      const interventions = [...others, intervention];
      return { ...input, choice: { ...input.choice, interventions } };
    }
    default:
      return undefined;
  }
}

/**
 * Without what is changed of a component, or of all (null).
 *
 * @param wasWhatIf what is shown is one prompt before and after: when nothing is changed any more, that is a graph again
 */
export function withoutIntervention(input: Changed, component: string | null, wasWhatIf: boolean): Changed {
  if (input?.kind !== 'comparison') return undefined;
  const interventions = component === null ? [] : othersThan(component, input.choice);
  if (interventions.length === 0 && wasWhatIf && input.left.text === input.right.text) return sideAlone(input, 'left');
  return { ...input, choice: { ...input.choice, interventions } };
}

/** One side of a comparison as a graph of its own. */
export function sideAlone(input: Changed, side: Side): Changed {
  return input?.kind === 'comparison' ? { kind: 'graph', prompt: input[side], choice: choiceOfSide(input.choice, side) } : undefined;
}

/** What was chosen last, wherever it was. */
export function choiceOf(input: Changed): ViewChoice {
  switch (input?.kind) {
    case 'graph':
      return input.choice;
    case 'comparison':
      return choiceOfSide(input.choice, 'left');
    default:
      return {};
  }
}

/** What is changed of the model besides this component. */
function othersThan(component: string, { interventions = [] }: CompareChoice): readonly Intervention[] {
  return interventions.filter((other) => other.component !== component);
}
