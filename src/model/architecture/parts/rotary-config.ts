/**
 * Rotary positions in config.json, in both of its vocabularies: `rope_theta`, `rope_scaling` and `partial_rotary_factor` side
 * by side, as most checkpoints were published, or `rope_parameters`, as `transformers` 5 writes them.
 */
import * as z from 'zod';
import { Problem } from '../../../core/problem';
import { COMPARE_CONFIG } from './config-fields';
import type { RotaryScaling, RotarySpec } from './rotary';

const positive = z.number().positive();

const parametersSchema = z.object({
  rope_type: z.string().nullish(),
  /** older name of `rope_type` */
  type: z.string().nullish(),
  rope_theta: positive.nullish(),
  partial_rotary_factor: positive.nullish(),
  factor: positive.nullish(),
  original_max_position_embeddings: positive.nullish(),
  low_freq_factor: positive.nullish(),
  high_freq_factor: positive.nullish(),
  attention_factor: positive.nullish(),
  beta_fast: positive.nullish(),
  beta_slow: positive.nullish(),
  mscale: z.number().nullish(),
  mscale_all_dim: z.number().nullish(),
  truncate: z.boolean().nullish(),
  short_factor: z.array(positive).nullish(),
  long_factor: z.array(positive).nullish(),
  /** of Phi 3.5: what sine and cosine are multiplied with where each list applies */
  short_mscale: positive.nullish(),
  long_mscale: positive.nullish(),
  /** of HunYuan: how far the base is stretched */
  alpha: positive.nullish(),
  /** of Llama 4 and Ministral 3: how fast queries grow with their position */
  llama_4_scaling_beta: positive.nullish(),
});

/** One set of rotary parameters, however config.json holds it. */
export type RotaryParameters = z.infer<typeof parametersSchema>;

/** The fields of config.json that are about rotary positions; for the schemas of families. */
export const rotaryFields = {
  max_position_embeddings: z.int().positive(),
  original_max_position_embeddings: positive.nullish(),
  rope_theta: positive.nullish(),
  rope_scaling: parametersSchema.nullish(),
  rope_parameters: parametersSchema.nullish(),
  partial_rotary_factor: positive.nullish(),
};

/** What a family's config says about rotary positions. */
export type RotaryConfig = z.infer<z.ZodObject<typeof rotaryFields>>;

/** What a family's format leaves to its readers. */
interface RotaryDefaults {
  readonly base?: number;
  /** part of a head that is rotated */
  readonly share?: number;
  /** whether neighbouring features are rotated together */
  readonly interleaved?: boolean;
}

/**
 * How heads are rotated.
 *
 * @throws Problem `config-invalid` naming a scaling that is not known, or what a known one lacks; or where more than all is to be rotated
 */
export function rotaryOf(config: RotaryConfig, dHead: number, defaults: RotaryDefaults = {}): RotarySpec {
  const parameters = parametersOf(config);
  const share = parameters.partial_rotary_factor ?? config.partial_rotary_factor ?? defaults.share ?? 1;
  if (share > 1) {
    throw new Problem(
      'config-invalid',
      `config.json: the part of a head that is rotated is ${share}; it is 1 at most.`,
      'Compare partial_rotary_factor with the published config.',
    );
  }
  const rotary = rotaryFrom(parameters, config, {
    width: Math.trunc(dHead * share),
    base: parameters.rope_theta ?? config.rope_theta ?? defaults.base ?? 10_000,
  });
  return { ...rotary, interleaved: defaults.interleaved ?? false };
}

/** Parameters for layers that see everything and for those with a window; older files scale the former alone (`rope_scaling`). */
export const layeredRotaryParameters = z.object({
  full_attention: parametersSchema.nullish(),
  sliding_attention: parametersSchema.nullish(),
});

/**
 * How heads are rotated in layers of both kinds. Where `rope_scaling` has been added to a file with `rope_parameters`, each of its fields counts
 * for those of the layers that see everything, as for `transformers`.
 *
 * @param bases what files without parameters for a kind imply
 * @throws Problem `config-invalid` as `rotaryOf`
 */
export function layeredRotaryOf(
  {
    rope_parameters: parameters,
    ...config
  }: Omit<RotaryConfig, 'rope_parameters'> & {
    readonly rope_parameters?: z.infer<typeof layeredRotaryParameters> | null | undefined;
  },
  width: number,
  bases: Readonly<Record<'full' | 'sliding', number>>,
): Readonly<Record<'full' | 'sliding', RotarySpec>> {
  const full = { ...parameters?.full_attention, ...config.rope_scaling };
  const sliding = parameters?.sliding_attention ?? {};
  return {
    full: rotaryFrom(full, config, { width, base: full.rope_theta ?? bases.full }),
    sliding: rotaryFrom(sliding, config, { width, base: sliding.rope_theta ?? bases.sliding }),
  };
}

/** How heads are rotated by one set of parameters, in models that have several. */
export function rotaryFrom(
  parameters: RotaryParameters,
  config: RotaryConfig,
  { width, base }: { readonly width: number; readonly base: number },
): RotarySpec {
  if (width < 2 || width % 2 !== 0) {
    throw new Problem('config-invalid', `config.json: each head has ${width} rotated features; the number must be even.`, COMPARE_CONFIG);
  }
  const scaling = scalingOf(parameters, config, width);
  return { width, interleaved: false, base, ...(scaling && { scaling }) };
}

/**
 * The longest prompt that a model's positions are made for. Scalings that stretch a shorter length say how far.
 */
export function contextLengthOf(config: RotaryConfig, { scaling }: RotarySpec): number {
  const written = config.max_position_embeddings;
  switch (scaling?.type) {
    case 'linear':
    case 'dynamic':
      return Math.floor(written * scaling.factor);
    case 'yarn':
      return Math.max(written, Math.floor(scaling.originalPositions * scaling.factor));
    default:
      return written;
  }
}

/** The one set of rotary parameters of a model. Where `rope_scaling` has been added to a file with the other, it counts alone, as for `transformers`. */
export function parametersOf({ rope_scaling: scaling, rope_parameters: parameters }: RotaryConfig): RotaryParameters {
  return (scaling && Object.keys(scaling).length > 0 ? scaling : parameters) ?? {};
}

function scalingOf(parameters: RotaryParameters, config: RotaryConfig, width: number): RotaryScaling | undefined {
  const type = parameters.rope_type ?? parameters.type ?? 'default';
  const lacks = (field: string) => new Problem('config-invalid', `config.json: rotary scaling "${type}" lacks ${field}.`, COMPARE_CONFIG);
  const needed = (field: 'factor' | 'low_freq_factor' | 'high_freq_factor'): number => {
    const value = parameters[field];
    if (value === null || value === undefined) throw lacks(field);
    return value;
  };
  // A length beside the other sizes counts more than one among the parameters.
  const originalPositions =
    config.original_max_position_embeddings ?? parameters.original_max_position_embeddings ?? config.max_position_embeddings;
  const stretch = parameters.factor ?? config.max_position_embeddings / originalPositions;

  switch (type) {
    case 'default':
      return undefined;
    case 'linear':
      return { type, factor: needed('factor') };
    case 'dynamic':
      return { type, factor: needed('factor'), maxPositions: config.max_position_embeddings };
    case 'llama3':
      return {
        type,
        factor: needed('factor'),
        lowFrequencyFactor: needed('low_freq_factor'),
        highFrequencyFactor: needed('high_freq_factor'),
        originalPositions,
      };
    case 'yarn':
      return {
        type,
        factor: stretch,
        originalPositions,
        attentionFactor: parameters.attention_factor ?? yarnAttentionFactor(stretch, parameters),
        betaFast: parameters.beta_fast ?? 32,
        betaSlow: parameters.beta_slow ?? 1,
        truncate: parameters.truncate ?? true,
      };
    case 'longrope':
    case 'su': {
      const { short_factor: shortFactors, long_factor: longFactors } = parameters;
      if (shortFactors?.length !== width / 2) throw lacks(`a short_factor of ${width / 2} numbers`);
      if (longFactors?.length !== width / 2) throw lacks(`a long_factor of ${width / 2} numbers`);
      const { short_mscale: shortFactor, long_mscale: longAttentionFactor } = parameters;
      const attentionFactor =
        shortFactor ?? parameters.attention_factor ?? (stretch <= 1 ? 1 : Math.sqrt(1 + Math.log(stretch) / Math.log(originalPositions)));
      const long = longAttentionFactor ? { longAttentionFactor } : {};
      return { type: 'longrope', shortFactors, longFactors, originalPositions, attentionFactor, ...long };
    }
    default:
      throw new Problem(
        'config-invalid',
        `config.json: rotary scaling "${type}" is not supported.`,
        'Supported: default, linear, dynamic, llama3, yarn, longrope.',
      );
  }
}

/** Section 3.4 of YaRN (arXiv 2309.00071), with the two weights that DeepSeek added. */
function yarnAttentionFactor(factor: number, { mscale, mscale_all_dim: all }: RotaryParameters): number {
  return mscale && all ? yarnTemperature(factor, mscale) / yarnTemperature(factor, all) : yarnTemperature(factor, 1);
}

/** √(1/t) of YaRN: what queries and keys are multiplied with where positions are stretched by a factor. @param weight 1 in the paper */
export function yarnTemperature(factor: number, weight: number): number {
  return factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
}
