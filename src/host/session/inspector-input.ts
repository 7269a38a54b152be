/**
 * What the panel is about: one prompt, two that are compared, or several whose predictions are listed. A subject is all
 * that is needed to show the same again, so it is what is kept over a reload of the window.
 */
import * as z from 'zod';
import type { Comparison } from '../../core/format/comparison';
import type { FlowGraph } from '../../core/format/flow-graph';
import { donorText } from '../../core/format/component';
import type { Intervention } from '../../core/format/intervention';
import { assertNever } from '../../core/problem';
import type { PredictionTable } from '../../core/format/prediction-table';
import type { HostMessage, PromptOrigin } from '../../core/protocol/inspector';
import { compareChoiceSchema, comparisonForNextModel, settledCompareRequest } from './compare-choice';
import { promptSchema, type Prompt } from './prompt';
import { forNextModel, forNextPrompt, settledRequest, viewChoiceSchema } from './view-choice';

const graphSubjectSchema = z.object({ kind: z.literal('graph'), prompt: promptSchema, choice: viewChoiceSchema }).readonly();
const comparisonSubjectSchema = z
  .object({
    kind: z.literal('comparison'),
    left: promptSchema,
    right: promptSchema,
    choice: compareChoiceSchema,
  })
  .readonly();
const predictionsSubjectSchema = z.object({ kind: z.literal('predictions'), prompts: z.array(promptSchema).min(1).readonly() }).readonly();

export const subjectSchema = z.discriminatedUnion('kind', [graphSubjectSchema, comparisonSubjectSchema, predictionsSubjectSchema]);
/** See the head of this file. */
export type Subject = z.infer<typeof subjectSchema>;
/** A prompt and what was chosen to be seen of it. */
export type GraphSubject = z.infer<typeof graphSubjectSchema>;
/** Two prompts and what was chosen to be seen of them. */
export type ComparisonSubject = z.infer<typeof comparisonSubjectSchema>;
/** Several prompts, in the order of the table. */
export type PredictionsSubject = z.infer<typeof predictionsSubjectSchema>;

/** A subject and the engine's answer to it. */
export type Shown =
  | (GraphSubject & { readonly graph: FlowGraph })
  | (ComparisonSubject & { readonly comparison: Comparison })
  | (PredictionsSubject & { readonly table: PredictionTable });

/** The subject without the answer that it may carry. */
export function subjectOf(subject: Subject): Subject {
  switch (subject.kind) {
    case 'graph':
      return { kind: subject.kind, prompt: subject.prompt, choice: subject.choice };
    case 'comparison':
      return { kind: subject.kind, left: subject.left, right: subject.right, choice: subject.choice };
    case 'predictions':
      return { kind: subject.kind, prompts: subject.prompts };
    default:
      return assertNever(subject);
  }
}

/** All prompts of a subject, left before right. */
export function promptsOf(subject: Subject): readonly Prompt[] {
  switch (subject.kind) {
    case 'graph':
      return [subject.prompt];
    case 'comparison':
      return [subject.left, subject.right];
    case 'predictions':
      return subject.prompts;
    default:
      return assertNever(subject);
  }
}

/** What of a subject stays when another model is used. */
export function subjectForNextModel(subject: Subject): Subject {
  switch (subject.kind) {
    case 'graph':
      return { ...subject, choice: forNextModel(subject.choice) };
    case 'comparison':
      return { ...subject, choice: comparisonForNextModel(subject.choice) };
    case 'predictions':
      return subject;
    default:
      return assertNever(subject);
  }
}

/** All texts of which a pass is run: the prompts, and those from which a value is put in. */
export function textsOf(subject: Subject): ReadonlySet<string> {
  const texts = new Set(promptsOf(subject).map(({ text }) => text));
  const interventions = subject.kind === 'comparison' ? (subject.choice.interventions ?? []) : [];
  for (const text of interventions.map(donorText)) if (text !== null) texts.add(text);
  return texts;
}

/**
 * The subject with every text cut to what stands at and behind an offset. Positions and targets belong to a prompt as it was:
 * where it is cut they are forgotten.
 *
 * @param offsetOf UTF-16 units that are left out of a text
 */
export function fromOffsets(subject: Subject, offsetOf: (text: string) => number): Subject {
  const cut = ({ text, origin }: Prompt): Prompt => ({
    text: text.slice(offsetOf(text)),
    ...(origin && { origin: { ...origin, start: origin.start + offsetOf(text) } }),
  });
  switch (subject.kind) {
    case 'graph':
      return {
        ...subject,
        prompt: cut(subject.prompt),
        choice: offsetOf(subject.prompt.text) > 0 ? forNextPrompt(subject.choice) : subject.choice,
      };
    case 'comparison': {
      const { left, right, choice } = subject;
      const interventions = choice.interventions?.map((intervention): Intervention => {
        const text = donorText(intervention);
        return text === null
          ? intervention
          : { mode: 'patch', component: intervention.component, from: { text: text.slice(offsetOf(text)) } };
      });
      return {
        ...subject,
        left: cut(left),
        right: cut(right),
        choice: {
          ...choice,
          left: offsetOf(left.text) > 0 ? {} : choice.left,
          right: offsetOf(right.text) > 0 ? {} : choice.right,
          ...(interventions && { interventions }),
        },
      };
    }
    case 'predictions':
      return { ...subject, prompts: subject.prompts.map(cut) };
    default:
      return assertNever(subject);
  }
}

/** What a panel is called that shows this. */
export function titleOf(subject: Subject): string {
  const names = [...new Set(promptsOf(subject).map(({ origin }) => origin?.name ?? 'typed'))];
  return `VISIT: ${names.slice(0, 2).join(' ↔ ')}${names.length > 2 ? ' …' : ''}`;
}

/** The message that shows it in the page. */
export function shownMessage(shown: Shown): HostMessage {
  switch (shown.kind) {
    case 'graph':
      return { type: 'graph', graph: shown.graph, request: settledRequest(shown.graph, shown.choice), origin: originOf(shown.prompt) };
    case 'comparison':
      return {
        type: 'comparison',
        comparison: shown.comparison,
        request: settledCompareRequest(shown.comparison, shown.choice),
        origins: { left: originOf(shown.left), right: originOf(shown.right) },
      };
    case 'predictions': {
      const [first] = shown.prompts;
      return { type: 'predictions', table: shown.table, origin: first ? originOf(first) : {} };
    }
    default:
      return assertNever(shown);
  }
}

function originOf({ origin }: Prompt): PromptOrigin {
  return origin ? { name: origin.name } : {};
}
