/**
 * What the page may say. The page is the one part of the extension that shows foreign text, so its messages are checked
 * before anything acts on them.
 */
import * as z from 'zod';
import { interventionSchema } from '../../core/format/intervention';
import { comparedTargetsSchema } from '../../core/format/comparison';
import { countsSchema } from '../../core/format/graph-counts';
import type { Look } from '../../core/protocol/insight';
import type { CompareRequest, PageMessage, SideRequest, ViewRequest } from '../../core/protocol/inspector';

/** Longest text that is taken from the page; no token, action or error worth reading is longer. */
const MAX_TEXT = 2_000;
/** Longest prompt that is typed into the page. */
const MAX_PROMPT = 1_000_000;
/** Largest count that is taken; the engine draws what there is. */
const MAX_COUNT = 10_000;

const index = z.int().nonnegative();
const text = z.string().max(MAX_TEXT);

/** First and last block. */
export const layerRangeSchema = z
  .object({ from: index, to: index })
  .refine(({ from, to }) => from <= to, 'the first layer is above the last')
  .readonly();

const shownCounts = countsSchema
  .refine((counts) => Object.values(counts).every((count) => count <= MAX_COUNT), `a count is larger than ${MAX_COUNT}`)
  .readonly();

const drawn = { layers: z.exactOptional(layerRangeSchema), counts: z.exactOptional(shownCounts) };

const changeSchema = z.object({
  ...drawn,
  position: z.exactOptional(index),
  target: z.exactOptional(text.nullable()),
  against: z.exactOptional(text.nullable()),
}) satisfies z.ZodType<Partial<ViewRequest>>;

const lookSchema = z.discriminatedUnion('of', [
  z.object({ of: z.enum(['overview', 'norms', 'normSummary']) }),
  z.object({ of: z.literal('headMemory'), layer: index, head: index }),
]) satisfies z.ZodType<Look>;

const sideRequestSchema = z.object({ position: index, target: text.nullable(), against: text.nullable() }) satisfies z.ZodType<SideRequest>;

/** Interventions at once that are taken from the page. */
const MAX_INTERVENTIONS = 200;

export const interventionsSchema = z.array(interventionSchema).max(MAX_INTERVENTIONS).readonly();

const compareChangeSchema = z.object({
  ...drawn,
  left: z.exactOptional(sideRequestSchema),
  right: z.exactOptional(sideRequestSchema),
  targets: z.exactOptional(comparedTargetsSchema),
}) satisfies z.ZodType<Partial<CompareRequest>>;

const side = z.enum(['left', 'right']);

export const pageMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('change'), change: changeSchema }),
  z.object({ type: z.literal('changeComparison'), change: compareChangeSchema }),
  z.object({ type: z.literal('compareWith'), text: z.string().max(MAX_PROMPT) }),
  z.object({ type: z.literal('swap') }),
  z.object({ type: z.literal('intervene'), intervention: interventionSchema }),
  z.object({ type: z.literal('takeBack'), component: text.nullable() }),
  z.object({ type: z.literal('single'), side }),
  z.object({ type: z.literal('compareRows'), left: index, right: index }),
  z.object({ type: z.literal('openRow'), row: index }),
  z.object({ type: z.literal('cancel') }),
  z.object({ type: z.enum(['look', 'cancelLook']), look: lookSchema }),
  z.object({ type: z.enum(['findNeurons', 'cancelNeurons', 'exportNeurons']) }),
  z.object({ type: z.literal('highlight'), token: index.nullable(), focus: z.boolean(), side: z.exactOptional(side) }),
  z.object({ type: z.literal('export'), format: z.enum(['json', 'html']) }),
  z.object({ type: z.literal('action'), id: text }),
  z.object({ type: z.literal('pageError'), message: z.string().transform((message) => message.slice(0, MAX_TEXT)) }),
]) satisfies z.ZodType<PageMessage>;
