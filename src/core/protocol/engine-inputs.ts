/**
 * What several of the engine's methods are asked with: the model, prompts, tokens, and how a pass is looked at. Each schema is
 * the one source: the types that callers and handlers know are inferred from it.
 */
import * as z from 'zod';
import { interventionSchema, promptsName } from '../format/intervention';
import { tokenMeasureSchema } from '../format/share-measure';

export const natural = z.int().nonnegative();
export const positive = z.int().positive();

export const modelRefSchema = z
  .object({
    /** folder with config.json and the weights */
    folder: z.string().min(1),
    /** run even where more memory is needed than is free: the machine may slow down, or end the process */
    ignoreMemory: z.boolean().optional(),
    /** what is to run it, one of `DEVICES`; absent: `DEFAULT_DEVICE` */
    device: z.string().optional(),
    /** what vectors are read through: `logit`, the name of a lens that is kept for these weights, or its file; absent: the fitted lens where it is better at every border, else the logit lens */
    lens: z.string().min(1).optional(),
  })
  .readonly();
/** Where a checkpoint lies and what is known of it. */
export type ModelRef = z.infer<typeof modelRefSchema>;

export const promptInputSchema = z.union([
  z
    .object({
      text: z.string(),
      /** it holds all marks that it is to have, as a conversation that a template wrote does: the tokenizer adds none */
      marked: z.literal(true).optional(),
    })
    .readonly(),
  z.object({ tokens: z.array(z.int()).readonly() }).readonly(),
]);
/** A prompt as text, or as token ids for checkpoints without a tokenizer. */
export type PromptInput = z.infer<typeof promptInputSchema>;

export const tokenInputSchema = z.union([z.object({ text: z.string() }).readonly(), z.object({ id: z.int() }).readonly()]);
/** A token by its text or by its id. */
export type TokenInput = z.infer<typeof tokenInputSchema>;

export const interventionsSchema = z.array(interventionSchema).readonly();

/** How one pass is looked at. */
export const reading = {
  /** token under study; negative counts from the end; absent: the last token */
  position: z.int().optional(),
  /** text of one token, or its id; absent: what the model predicts at the position */
  target: tokenInputSchema.optional(),
  /** token whose logit is subtracted from the target's: shares then tell what speaks for the one rather than the other */
  against: tokenInputSchema.optional(),
  /** what shares are of: the logit less the mean of all logits, or the logit itself; absent: `centred`; with `against`, a difference whatever it says */
  measure: tokenMeasureSchema.optional(),
};

/** The same, and what is changed of the model meanwhile. */
export const sideOptions = {
  ...reading,
  /** components that are switched off or replaced while the prompt runs; absent: the ordinary pass */
  interventions: interventionsSchema.optional(),
};

export const baselineSchema = z.discriminatedUnion('baseline', [
  z.object({ baseline: z.literal('zero') }).readonly(),
  z.object({ baseline: z.literal('twin'), prompt: promptInputSchema }).readonly(),
  z.object({ baseline: z.literal('mean'), prompts: z.array(promptInputSchema).min(1).readonly(), name: promptsName }).readonly(),
]);
/** What takes a component's place: nothing, its value on a twin prompt, or its mean over prompts; aligned from the end. */
export type BaselineInput = z.infer<typeof baselineSchema>;
