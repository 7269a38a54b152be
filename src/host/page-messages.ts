/**
 * What the page may say. The page is the one part of the extension that shows foreign text, so its messages are checked
 * before anything acts on them.
 */
import * as z from 'zod';
import type { GraphCounts } from '../core/protocol/engine';
import type { Look } from '../core/protocol/insight';
import type { PageMessage, ViewRequest } from '../core/protocol/inspector';

/** Longest text that is taken from the page; no token, action or error worth reading is longer. */
const MAX_TEXT = 2_000;
/** Largest count that is taken; the engine draws what there is. */
const MAX_COUNT = 10_000;

const index = z.int().nonnegative();
const text = z.string().max(MAX_TEXT);
const count = z.int().nonnegative().max(MAX_COUNT);

/** First and last block. */
export const layerRangeSchema = z.object({ from: index, to: index })
  .refine(({ from, to }) => from <= to, 'the first layer lies above the last')
  .readonly();

export const countsSchema = z.object({
  heads: count,
  values: count.min(1),
  top: count,
  bottom: count,
  tokens: count.min(1),
}).readonly() satisfies z.ZodType<GraphCounts>;

const changeSchema = z.object({
  position: z.exactOptional(index),
  layers: z.exactOptional(layerRangeSchema),
  target: z.exactOptional(text.nullable()),
  counts: z.exactOptional(countsSchema),
}) satisfies z.ZodType<Partial<ViewRequest>>;

const lookSchema = z.discriminatedUnion('of', [
  z.object({ of: z.enum(['overview', 'norms', 'normSummary']) }),
  z.object({ of: z.literal('headMemory'), layer: index, head: index }),
]) satisfies z.ZodType<Look>;

export const pageMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('change'), change: changeSchema }),
  z.object({ type: z.literal('cancel') }),
  z.object({ type: z.enum(['look', 'cancelLook']), look: lookSchema }),
  z.object({ type: z.literal('highlight'), token: index.nullable(), focus: z.boolean() }),
  z.object({ type: z.literal('export'), format: z.enum(['json', 'html']) }),
  z.object({ type: z.literal('action'), id: text }),
  z.object({ type: z.literal('pageError'), message: z.string().transform((message) => message.slice(0, MAX_TEXT)) }),
]) satisfies z.ZodType<PageMessage>;
