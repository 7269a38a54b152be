/**
 * What the panel is about: one prompt, two that are compared, or several whose predictions are listed. An input is all
 * that is needed to show the same again, so it is what is kept over a reload of the window.
 */
import type * as z from 'zod';
import type { Comparison } from '../../core/format/comparison';
import type { FlowGraph } from '../../core/format/flow-graph';
import { countsFromStart, parseComponent } from '../../core/format/component';
import type { Intervention } from '../../core/format/intervention';
import { assertNever } from '../../core/problem';
import type { PredictionTable } from '../../core/format/prediction-table';
import type { EngineMethods } from '../../core/protocol/engine';
import type { HostMessage, PromptOrigin } from '../../core/protocol/inspector';
import { comparisonForNextModel, settledCompareRequest } from './compare-choice';
import { cutBaseline, cutIntervention, textsOfBaseline, textsOfIntervention } from './donor-texts';
import { isPlain, type Prompt } from './prompt';
import type { comparisonInputSchema, graphInputSchema, inspectorInputSchema, predictionsInputSchema } from './kept-input';
import type { TokenPlace } from './resolved-prompt';
import { forNextModel, forNextPrompt, settledRequest } from './view-choice';

/** See the head of this file. */
export type InspectorInput = z.infer<typeof inspectorInputSchema>;
/** A prompt and what was chosen to be seen of it. */
export type GraphInput = z.infer<typeof graphInputSchema>;
/** Two prompts and what was chosen to be seen of them. */
export type ComparisonInput = z.infer<typeof comparisonInputSchema>;
/** Several prompts, in the order of the table. */
export type PredictionsInput = z.infer<typeof predictionsInputSchema>;

/** An input and the engine's answer to it. */
export type InspectorResult = GraphResult | ComparisonResult | PredictionsResult;

interface FromModel {
  /** of the model that has answered */
  readonly fingerprint: string;
}

interface Placed {
  /** of each prompt which characters its tokens stand for; absent: where the tokens say */
  readonly places: readonly (readonly TokenPlace[] | undefined)[];
}

/** A prompt and its graph. */
export type GraphResult = GraphInput &
  FromModel &
  Placed & {
    readonly graph: FlowGraph;
    /** what the engine was asked */
    readonly asked: EngineMethods['graph']['params'];
  };
/** Two prompts and their comparison. */
export type ComparisonResult = ComparisonInput & FromModel & Placed & { readonly comparison: Comparison };
/** Several prompts and what follows them. */
export type PredictionsResult = PredictionsInput & FromModel & { readonly table: PredictionTable };

/** The input without the answer that it may carry. */
export function inputOf(input: InspectorInput): InspectorInput {
  switch (input.kind) {
    case 'graph':
      return { kind: input.kind, prompt: input.prompt, choice: input.choice };
    case 'comparison':
      return { kind: input.kind, left: input.left, right: input.right, choice: input.choice };
    case 'predictions':
      return { kind: input.kind, prompts: input.prompts };
    default:
      return assertNever(input);
  }
}

/** All prompts of an input, left before right. */
export function promptsOf(input: InspectorInput): readonly Prompt[] {
  switch (input.kind) {
    case 'graph':
      return [input.prompt];
    case 'comparison':
      return [input.left, input.right];
    case 'predictions':
      return input.prompts;
    default:
      return assertNever(input);
  }
}

/** What of an input stays when another model is used. */
export function inputForNextModel(input: InspectorInput): InspectorInput {
  switch (input.kind) {
    case 'graph':
      return { ...input, choice: forNextModel(input.choice) };
    case 'comparison':
      return { ...input, choice: comparisonForNextModel(input.choice) };
    case 'predictions':
      return input;
    default:
      return assertNever(input);
  }
}

/** All texts of which a pass is run: the prompts, those from which a value is patched, those over which a mean is taken, and those that effects are against. */
export function textsOf(input: InspectorInput): ReadonlySet<string> {
  const texts = promptsOf(input)
    .filter(isPlain)
    .map(({ text }) => text);
  const interventions = input.kind === 'comparison' ? (input.choice.interventions ?? []) : [];
  const baseline = input.kind === 'predictions' ? undefined : input.choice.baseline;
  return new Set([...texts, ...interventions.flatMap(textsOfIntervention), ...(baseline ? textsOfBaseline(baseline) : [])]);
}

/**
 * The input with every text cut to start at an offset. Positions and targets belong to a prompt as it was:
 * where it is cut they are forgotten.
 *
 * @param offsetOf UTF-16 units that are left out of a text
 */
export function fromOffsets(input: InspectorInput, offsetOf: (text: string) => number): InspectorInput {
  const cut = (prompt: Prompt): Prompt => {
    const { text, origin } = prompt;
    if (!isPlain(prompt)) return prompt;
    return {
      text: text.slice(offsetOf(text)),
      ...(origin && { origin: { ...origin, start: origin.start + offsetOf(text) } }),
    };
  };
  switch (input.kind) {
    case 'graph':
      return {
        ...input,
        prompt: cut(input.prompt),
        choice: {
          ...(offsetOf(input.prompt.text) > 0 ? forNextPrompt(input.choice) : input.choice),
          ...(input.choice.baseline && { baseline: cutBaseline(input.choice.baseline, offsetOf) }),
        },
      };
    case 'comparison': {
      const { left, right, choice } = input;
      const isKept = ({ component }: Intervention) => offsetOf(right.text) === 0 || !countsFromStart(parseComponent(component));
      const interventions = choice.interventions?.filter(isKept).map((intervention) => cutIntervention(intervention, offsetOf));
      return {
        ...input,
        left: cut(left),
        right: cut(right),
        choice: {
          ...choice,
          left: offsetOf(left.text) > 0 ? {} : choice.left,
          right: offsetOf(right.text) > 0 ? {} : choice.right,
          ...(interventions && { interventions }),
          ...(choice.baseline && { baseline: cutBaseline(choice.baseline, offsetOf) }),
        },
      };
    }
    case 'predictions':
      return { ...input, prompts: input.prompts.map(cut) };
    default:
      return assertNever(input);
  }
}

/** What a panel is called that shows this. */
export function titleOf(input: InspectorInput): string {
  const names = [...new Set(promptsOf(input).map(({ origin }) => origin?.name ?? 'typed'))];
  return `VISIT: ${names.slice(0, 2).join(' ↔ ')}${names.length > 2 ? ' …' : ''}`;
}

/** The message that shows it in the page. @param seen by which the page can have it shown again */
export function resultMessage(shown: InspectorResult, seen: string): HostMessage {
  switch (shown.kind) {
    case 'graph':
      return {
        type: 'graph',
        graph: shown.graph,
        fingerprint: shown.fingerprint,
        request: settledRequest(shown.graph, shown.choice),
        origin: originOf(shown.prompt),
        ...(shown.prompt.continued && { generated: shown.prompt.continued.length }),
        seen,
      };
    case 'comparison':
      return {
        type: 'comparison',
        comparison: shown.comparison,
        fingerprint: shown.fingerprint,
        request: settledCompareRequest(shown.comparison, shown.choice),
        origins: { left: originOf(shown.left), right: originOf(shown.right) },
        seen,
      };
    case 'predictions': {
      const [first] = shown.prompts;
      return { type: 'predictions', table: shown.table, origin: first ? originOf(first) : {}, seen };
    }
    default:
      return assertNever(shown);
  }
}

function originOf({ origin }: Prompt): PromptOrigin {
  return origin ? { name: origin.name, uri: origin.uri } : {};
}
