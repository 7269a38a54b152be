/**
 * Rotary position embedding (Su et al. 2021, RoFormer, arXiv 2104.09864) and the ways in which published models stretch it.
 * Angles are rounded to float32 where the reference implementation rounds them, since that is what models are used with.
 */
import { assertNever } from '../../../core/problem';

/** How features of every query and key head are rotated. */
export interface RotarySpec {
  /** features of a head that are rotated; even */
  readonly width: number;
  /** whether they are its last ones; absent: its first */
  readonly isLast?: boolean;
  /** pairs are features 2i and 2i + 1 (GPT-J); otherwise features i and i + width/2 (GPT-NeoX) */
  readonly interleaved: boolean;
  /** whether they turn the other way, clockwise; absent: they do not */
  readonly reversed?: boolean;
  /** wavelength base; 10000 in most models */
  readonly base: number;
  /** absent: none */
  readonly scaling?: RotaryScaling;
}

/** Ways to stretch rotary positions, named as `rope_type` in config.json. */
export type RotaryScaling =
  | { readonly type: 'linear'; readonly factor: number }
  /** NTK-aware: the base grows once a prompt is longer than `maxPositions` */
  | { readonly type: 'dynamic'; readonly factor: number; readonly maxPositions: number }
  /** by parts, depending on the wavelength (Llama 3.1) */
  | {
      readonly type: 'llama3';
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalPositions: number;
    }
  /** Peng et al. 2023, arXiv 2309.00071 */
  | {
      readonly type: 'yarn';
      readonly factor: number;
      readonly originalPositions: number;
      /** what sine and cosine are multiplied with */
      readonly attentionFactor: number;
      readonly betaFast: number;
      readonly betaSlow: number;
      /** whether the ramp's ends are rounded to whole features */
      readonly truncate: boolean;
    }
  /** Ding et al. 2024, arXiv 2402.13753: one divisor for each pair, of two lists by the prompt's length */
  | {
      readonly type: 'longrope';
      readonly shortFactors: readonly number[];
      readonly longFactors: readonly number[];
      readonly originalPositions: number;
      /** what sine and cosine are multiplied with */
      readonly attentionFactor: number;
      /** the same for prompts that the second list is for; absent: no other */
      readonly longAttentionFactor?: number;
    };

/** Cosines and sines of a prompt's positions, each [T, width/2]. */
export interface RotaryTables {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/**
 * Cosines and sines of positions 0 … rows − 1 in a prompt of some length, the scaling's attention factor included.
 *
 * @param rows absent: all of the prompt's
 */
export function rotaryTables(spec: RotarySpec, length: number, rows = length): RotaryTables {
  const frequencies = inverseFrequencies(spec, length);
  const factor = attentionFactor(spec.scaling, length);
  const direction = spec.reversed ? -1 : 1;
  const pairs = frequencies.length;
  const cos = new Float32Array(rows * pairs);
  const sin = new Float32Array(rows * pairs);
  for (let position = 0; position < rows; position++) {
    for (let i = 0; i < pairs; i++) {
      const angle = Math.fround(position * frequencies[i]);
      cos[position * pairs + i] = Math.cos(angle) * factor;
      sin[position * pairs + i] = Math.sin(angle) * factor * direction;
    }
  }
  return { cos, sin };
}

/** Names how a prompt of some length is rotated: prompts with the same name rotate the positions that they share alike. */
export function rotationOf({ scaling }: RotarySpec, length: number): number {
  switch (scaling?.type) {
    case 'dynamic':
      return Math.max(length, scaling.maxPositions);
    case 'longrope':
      return length > scaling.originalPositions ? 1 : 0;
    case undefined:
    case 'linear':
    case 'llama3':
    case 'yarn':
      return 0;
    default:
      return assertNever(scaling);
  }
}

/** Angle from one position to the next, for each pair of features. [width/2] */
export function inverseFrequencies({ width, base, scaling }: RotarySpec, length: number): Float32Array {
  const plain = (from: number) => Float32Array.from({ length: width / 2 }, (_, i) => 1 / from ** ((2 * i) / width));
  switch (scaling?.type) {
    case undefined:
      return plain(base);
    case 'linear':
      return plain(base).map((frequency) => frequency / scaling.factor);
    case 'dynamic': {
      const { factor, maxPositions } = scaling;
      const stretch = (factor * Math.max(length, maxPositions)) / maxPositions - (factor - 1);
      return plain(base * stretch ** (width / (width - 2)));
    }
    case 'llama3':
      return plain(base).map((frequency) => llama3Frequency(frequency, scaling));
    case 'yarn': {
      const { factor } = scaling;
      const kept = extrapolated(width, base, scaling);
      return plain(base).map((frequency, i) => (frequency / factor) * (1 - kept(i)) + frequency * kept(i));
    }
    case 'longrope': {
      const divisors = length > scaling.originalPositions ? scaling.longFactors : scaling.shortFactors;
      return plain(base).map((frequency, i) => frequency / divisors[i]);
    }
    default:
      return assertNever(scaling);
  }
}

function attentionFactor(scaling: RotaryScaling | undefined, length: number): number {
  if (scaling?.type === 'longrope' && length > scaling.originalPositions) return scaling.longAttentionFactor ?? scaling.attentionFactor;
  return scaling?.type === 'yarn' || scaling?.type === 'longrope' ? scaling.attentionFactor : 1;
}

type Scaling<K extends RotaryScaling['type']> = Extract<RotaryScaling, { type: K }>;

/** Long wavelengths are divided by the factor, short ones kept, those between interpolated. */
function llama3Frequency(frequency: number, scaling: Scaling<'llama3'>): number {
  const { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalPositions } = scaling;
  const turns = (originalPositions * frequency) / (2 * Math.PI);
  if (turns < low) return frequency / factor;
  if (turns > high) return frequency;
  const smooth = (turns - low) / (high - low);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}

/** For pair i the part of its frequency that YaRN keeps: 1 for pairs that turn often, 0 for those that turn rarely. */
function extrapolated(width: number, base: number, scaling: Scaling<'yarn'>): (pair: number) => number {
  const { originalPositions, betaFast, betaSlow, truncate } = scaling;
  const pairThatTurns = (turns: number) => (width * Math.log(originalPositions / (turns * 2 * Math.PI))) / (2 * Math.log(base));
  const [first, last] = [pairThatTurns(betaFast), pairThatTurns(betaSlow)];
  const low = Math.max(truncate ? Math.floor(first) : first, 0);
  const high = Math.min(truncate ? Math.ceil(last) : last, width - 1);
  const span = high === low ? 0.001 : high - low;
  return (pair) => 1 - Math.min(1, Math.max(0, (pair - low) / span));
}
