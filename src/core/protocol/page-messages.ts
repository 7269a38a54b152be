/**
 * What the page says to the extension host. The page is the one part of the extension that shows foreign text, so what it says is
 * checked before anything acts on it.
 */
import * as z from 'zod';
import { interventionSchema } from '../format/intervention';
import { MOST_NODES_ASKED } from '../format/unread';
import { INSIGHTS, insightNames, type InsightName, type InsightRequest } from './insight';
import type { InsightParameters } from './insight-descriptor';
import { pageAnswerSchema } from './page-questions';
import { comparisonChange, index, MAX_TEXT, text, viewRequest } from './view-request';

/** Longest prompt that is typed into the page. */
const MAX_PROMPT = 1_000_000;

/** Formats in which what is shown can be saved. */
export const EXPORT_FORMATS = ['svg', 'png', 'html', 'json', 'csv'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Commands of the editor that the page has buttons for. */
export const PAGE_COMMANDS = ['recentPrompts', 'toggleMaximized', 'fitLens'] as const;
export type PageCommand = (typeof PAGE_COMMANDS)[number];

const side = z.enum(['left', 'right']);

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
const insightRequestSchema = () =>
  z.discriminatedUnion(
    'of',
    // TypeScript cannot see that there is one schema for each insight, and that it is that of its request.
    insightNames().map((of) =>
      z.object({
        of: z.literal(of),
        ...Object.fromEntries(INSIGHTS[of].parameters.map((parameter) => [parameter, insightParameters[parameter]])),
      }),
    ) as unknown as [z.ZodObject<{ of: z.ZodLiteral<InsightName> }>],
  ) as unknown as z.ZodType<InsightRequest>;

/**
 * The fields of each message, besides its `type`. They are made when the first of a type comes: made all at once they take the
 * extension host, which other extensions share, some 20 ms in one turn.
 */
const FIELDS = {
  /** The page is drawn and listening. */
  ready: () => ({}),
  /** Part of the request changes; the host answers with `graph`, `problem` or `targetProblem`. With `visit`, counts change until other layers or another prompt are shown. */
  change: () => ({ change: partOf(viewRequest), visit: z.exactOptional(z.literal(true)) }),
  /** Part of the request of a comparison changes; the host answers with `comparison`, `problem` or `targetProblem`. */
  changeComparison: () => ({ change: partOf(comparisonChange) }),
  /** Compares the prompt that is shown, or the left one, with a typed one. */
  compareWith: () => ({ text: z.string().max(MAX_PROMPT) }),
  swap: () => ({}),
  /** Has the model continue the prompt that is shown, or stops that: what there is stays. */
  continue: () => ({}),
  stopContinuing: () => ({}),
  /** Opens the pass of prompt and continuation where it predicts one of the generated tokens, by its index among these. */
  openGenerated: () => ({ index }),
  /** Shows a conversation as the plain text that was selected, or a prompt without its continuation. */
  showPlain: () => ({}),
  /**
   * Changes one component of the model, besides those that are changed already: of a graph the same prompt is shown before and
   * after, of a comparison the right side is changed.
   */
  intervene: () => ({ intervention: interventionSchema }),
  /** Sets a component to its mean over prompts that the user is asked for, as `intervene` changes one. */
  interveneWithMean: () => ({ component: text }),
  /** What takes a component's place where its effect is meant: a prompt, or prompts, that the user is asked for. */
  chooseBaseline: () => ({ baseline: z.enum(['twin', 'mean']) }),
  /** Takes back what is changed of a component; null: of all. */
  takeBack: () => ({ component: text.nullable() }),
  /** Ends the comparison with the graph of one side. */
  single: () => ({ side }),
  /** Opens two rows of the table of predictions in a comparison. */
  compareRows: () => ({ left: index, right: index }),
  /** Opens the flow graph of one row. */
  openRow: () => ({ row: index }),
  /** Nodes of the graph that is shown are looked at and have not been read; answered with `nodesRead`. */
  readNodes: () => ({ ids: z.array(text).min(1).max(MOST_NODES_ASKED) }),
  /** Shows again what was shown before, under the name that came with it; answered as it was then, or with `gone`. */
  showAgain: () => ({ seen: text }),
  /** Reads everything through another lens, by its name; answered as a change of the request is. */
  chooseLens: () => ({ lens: text }),
  /** Deletes a lens that the user keeps, by its name; the user is asked first. */
  deleteLens: () => ({ lens: text }),
  command: () => ({ command: z.enum(PAGE_COMMANDS) }),
  cancel: () => ({}),
  /** Answered with `insightResult` or `insightFailed` under the same id. */
  requestInsight: () => ({ id: index, request: insightRequestSchema() }),
  cancelInsight: () => ({ request: insightRequestSchema() }),
  /** Saves the table of always-active neurons. */
  exportNeurons: () => ({}),
  /** Highlight the text of a prompt token in the editor (null: none); `focus` also scrolls there. `side` in a comparison. */
  highlight: () => ({ token: index.nullable(), focus: z.boolean(), side: z.exactOptional(side) }),
  export: () => ({ format: z.enum(EXPORT_FORMATS) }),
  /** Answers a `question`. */
  answer: () => ({ id: index, answer: pageAnswerSchema() }),
  action: () => ({ id: text }),
  /** Something in the page failed; goes to the log. */
  pageError: () => ({ message: z.string().transform((message) => message.slice(0, MAX_TEXT)) }),
} satisfies Record<string, () => z.ZodRawShape>;

type Fields = typeof FIELDS;
type MessageType = keyof Fields;
/** One message, by its type. */
type MessageOf<T extends MessageType> = Readonly<z.infer<z.ZodObject<{ type: z.ZodLiteral<T> } & ReturnType<Fields[T]>>>>;
/** What the page may say. */
export type PageMessage = { [T in MessageType]: MessageOf<T> }[MessageType];

const typedSchema = z.looseObject({ type: z.enum(Object.keys(FIELDS) as MessageType[]) });

/** Made so far, by the type of their messages. */
const schemas = new Map<MessageType, z.ZodType<PageMessage>>();

/**
 * A message from the page, without what no message of its type has.
 *
 * @throws {z.ZodError} it is none that a page of this extension sends
 */
export function readPageMessage(message: unknown): PageMessage {
  const { type } = typedSchema.parse(message);
  return schemaOf(type).parse(message);
}

function schemaOf(type: MessageType): z.ZodType<PageMessage> {
  const made = schemas.get(type);
  if (made) return made;
  // TypeScript cannot see that the fields are those of the type.
  const schema = z.object({ type: z.literal(type), ...FIELDS[type]() }) as unknown as z.ZodType<PageMessage>;
  schemas.set(type, schema);
  return schema;
}
