/**
 * Messages between the extension host and the inspector page. The host owns the truth; the page asks when it is ready,
 * and keeps only view state (colour scale, pins, camera) of its own.
 */
import * as z from 'zod';
import type { Progress } from '../call-context';
import type { ContinuationEnd, GeneratedToken } from '../format/continuation';
import { comparedTargetsSchema } from '../format/compared-targets';
import type { Comparison, Side } from '../format/comparison';
import { MOST_NODES_ASKED } from '../format/unread';
import type { FlowGraph, FlowNode, ModelInfo } from '../format/flow-graph';
import { countsSchema } from '../format/graph-counts';
import { interventionSchema } from '../format/intervention';
import { tokenMeasureSchema } from '../format/share-measure';
import { baselineSchema } from './engine-inputs';
import type { LensListing } from '../insight/lens-listing';
import type { PredictionTable } from '../format/prediction-table';
import type { ProblemData } from '../problem';
import type { TokenText } from '../text/token-text';
import { pageAnswerSchema, type PageQuestion } from './page-questions';
import { INSIGHTS, insightNames, type InsightAnswer, type InsightName, type InsightRequest } from './insight';
import type { InsightParameters } from './insight-descriptor';

/** Longest text that is taken from the page; no token, action or error worth reading is longer. */
const MAX_TEXT = 2_000;
/** Longest prompt that is typed into the page. */
const MAX_PROMPT = 1_000_000;
/** Largest count that is taken; the engine draws what there is. */
const MAX_COUNT = 10_000;
/** Interventions at once that are taken from the page. */
const MAX_INTERVENTIONS = 200;

/** Formats in which what is shown can be saved. */
export const EXPORT_FORMATS = ['svg', 'png', 'html', 'json', 'csv'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const index = z.int().nonnegative();
const text = z.string().max(MAX_TEXT);
const side = z.enum(['left', 'right']);

/** First and last block. */
export const layerRangeSchema = z
  .object({ from: index, to: index })
  .refine(({ from, to }) => from <= to, 'the first layer is above the last')
  .readonly();

const shownCountsSchema = countsSchema
  .refine((counts) => Object.values(counts).every((count) => count <= MAX_COUNT), `a count is larger than ${MAX_COUNT}`)
  .readonly();

export const shownInterventionsSchema = z.array(interventionSchema).max(MAX_INTERVENTIONS).readonly();

const sideRequest = z.object({
  position: index,
  /** typed text of one token; null: the model's own prediction */
  target: text.nullable(),
  /** typed text of the token whose logit is subtracted from the target's; null: none */
  against: text.nullable(),
});
const sideRequestSchema = sideRequest.readonly();
/** Where one pass is looked at, and for which token. */
export type SideRequest = z.infer<typeof sideRequestSchema>;

/**
 * What is drawn of a pass, or of two alike; `measure`: what shares are of where there is no second token; `baseline`: what takes a
 * component's place where its effect is meant.
 */
const drawn = { layers: layerRangeSchema, counts: shownCountsSchema, measure: tokenMeasureSchema, baseline: baselineSchema };

const viewRequest = z.object({
  ...sideRequest.shape,
  ...drawn,
  /** what is drawn has estimated effects: going back through the pass takes time, so only where they are seen */
  effects: z.boolean(),
});
/** What the user has asked to see. */
export type ViewRequest = Readonly<z.infer<typeof viewRequest>>;

const compareRequest = z.object({
  ...drawn,
  left: sideRequestSchema,
  right: sideRequestSchema,
  targets: comparedTargetsSchema,
  /** what is changed of the model while it runs the right prompt */
  interventions: shownInterventionsSchema,
  /** as that of a graph */
  effects: z.boolean(),
});
/** What the user has asked to see of two passes. */
export type CompareRequest = Readonly<z.infer<typeof compareRequest>>;

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

/** Commands of the editor that the page has buttons for. */
export const PAGE_COMMANDS = ['recentPrompts', 'toggleMaximized', 'fitLens'] as const;
export type PageCommand = (typeof PAGE_COMMANDS)[number];

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

/** A part of a request: what changes. A field that is there has a value. */
function partOf<Shape extends z.ZodRawShape>(shape: Shape) {
  const parts = Object.entries(shape).map(([name, schema]) => [name, z.exactOptional(schema)]);
  // TypeScript knows nothing of the names in entries.
  return z.object(Object.fromEntries(parts) as { [K in keyof Shape]: z.ZodExactOptional<Shape[K]> }).readonly();
}

const insightParameters = {
  position: index,
  layer: index,
  head: index,
  component: text,
  components: text,
  lens: text,
} as const satisfies Record<keyof InsightParameters, z.ZodType>;

/** Each insight's request, as its descriptor says: its name and its parameters. */
const insightRequestSchema = z.discriminatedUnion(
  'of',
  // TypeScript cannot see that there is one schema for each insight, and that it is that of its request.
  insightNames().map((of) =>
    z.object({
      of: z.literal(of),
      ...Object.fromEntries(INSIGHTS[of].parameters.map((parameter) => [parameter, insightParameters[parameter]])),
    }),
  ) as unknown as [z.ZodObject<{ of: z.ZodLiteral<InsightName> }>],
) as unknown as z.ZodType<InsightRequest>;

/** Page → host. The page is the one part of the extension that shows foreign text, so what it says is checked before anything acts on it. */
export const pageMessageSchema = z.discriminatedUnion('type', [
  /** The page is drawn and listening. */
  z.object({ type: z.literal('ready') }),
  /** Part of the request changes; the host answers with `graph`, `problem` or `targetProblem`. With `visit`, counts change until other layers or another prompt are shown. */
  z.object({ type: z.literal('change'), change: partOf(viewRequest.shape), visit: z.exactOptional(z.literal(true)) }),
  /** Part of the request of a comparison changes; the host answers with `comparison`, `problem` or `targetProblem`. */
  z.object({ type: z.literal('changeComparison'), change: partOf(compareRequest.omit({ interventions: true }).shape) }),
  /** Compares the prompt that is shown, or the left one, with a typed one. */
  z.object({ type: z.literal('compareWith'), text: z.string().max(MAX_PROMPT) }),
  z.object({ type: z.literal('swap') }),
  /** Has the model continue the prompt that is shown, or stops that: what there is stays. */
  z.object({ type: z.literal('continue') }),
  z.object({ type: z.literal('stopContinuing') }),
  /** Opens the pass of prompt and continuation where it predicts one of the generated tokens, by its index among these. */
  z.object({ type: z.literal('openGenerated'), index }),
  /** Shows a conversation as the plain text that was selected, or a prompt without its continuation. */
  z.object({ type: z.literal('showPlain') }),
  /**
   * Changes one component of the model, besides those that are changed already: of a graph the same prompt is shown before and
   * after, of a comparison the right side is changed.
   */
  z.object({ type: z.literal('intervene'), intervention: interventionSchema }),
  /** Sets a component to its mean over prompts that the user is asked for, as `intervene` changes one. */
  z.object({ type: z.literal('interveneWithMean'), component: text }),
  /** What takes a component's place where its effect is meant: a prompt, or prompts, that the user is asked for. */
  z.object({ type: z.literal('chooseBaseline'), baseline: z.enum(['twin', 'mean']) }),
  /** Takes back what is changed of a component; null: of all. */
  z.object({ type: z.literal('takeBack'), component: text.nullable() }),
  /** Ends the comparison with the graph of one side. */
  z.object({ type: z.literal('single'), side }),
  /** Opens two rows of the table of predictions in a comparison. */
  z.object({ type: z.literal('compareRows'), left: index, right: index }),
  /** Opens the flow graph of one row. */
  z.object({ type: z.literal('openRow'), row: index }),
  /** Nodes of the graph that is shown are looked at and have not been read; answered with `nodesRead`. */
  z.object({ type: z.literal('readNodes'), ids: z.array(text).min(1).max(MOST_NODES_ASKED) }),
  /** Shows again what was shown before, under the name that came with it; answered as it was then, or with `gone`. */
  z.object({ type: z.literal('showAgain'), seen: text }),
  /** Reads everything through another lens, by its name; answered as a change of the request is. */
  z.object({ type: z.literal('chooseLens'), lens: text }),
  /** Deletes a lens that the user keeps, by its name; the user is asked first. */
  z.object({ type: z.literal('deleteLens'), lens: text }),
  z.object({ type: z.literal('command'), command: z.enum(PAGE_COMMANDS) }),
  z.object({ type: z.literal('cancel') }),
  /** Answered with `insightResult` or `insightFailed` under the same id. */
  z.object({ type: z.literal('requestInsight'), id: index, request: insightRequestSchema }),
  z.object({ type: z.literal('cancelInsight'), request: insightRequestSchema }),
  /** Saves the table of always-active neurons. */
  z.object({ type: z.literal('exportNeurons') }),
  /** Highlight the text of a prompt token in the editor (null: none); `focus` also scrolls there. `side` in a comparison. */
  z.object({ type: z.literal('highlight'), token: index.nullable(), focus: z.boolean(), side: z.exactOptional(side) }),
  z.object({ type: z.literal('export'), format: z.enum(EXPORT_FORMATS) }),
  /** Answers a `question`. */
  z.object({ type: z.literal('answer'), id: index, answer: pageAnswerSchema }),
  z.object({ type: z.literal('action'), id: text }),
  /** Something in the page failed; goes to the log. */
  z.object({ type: z.literal('pageError'), message: z.string().transform((message) => message.slice(0, MAX_TEXT)) }),
]);
/** What the page may say. */
export type PageMessage = Readonly<z.infer<typeof pageMessageSchema>>;
