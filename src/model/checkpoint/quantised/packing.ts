/**
 * How the numbers of one weight are packed into several tensors of a file, as the methods of quantisation that are used with
 * safetensors do it. `onnx/unpack.ts` has what is done with each. All are matrices [outputs, inputs], or stacks of them.
 */
import type { ByteRange } from '../byte-range';

/** A tensor that holds some of what a packed weight consists of. */
export interface PackedPart {
  /** as safetensors names it; integers of 32 bits are unpacked byte by byte */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: ByteRange;
}

/** See the head of this file. */
export type Packing = ScaledPacking | RowPacking | CodebookPacking | GptqPacking | AwqPacking | Mxfp4Packing;

/** One byte a number, times a scale: F(w)·scale, or (F(w)·scale)·factor. FP8 and 8-bit integers. */
export interface ScaledPacking {
  readonly kind: 'scaled';
  /** [outputs, inputs] of F8_E4M3, F8_E5M2 or I8 */
  readonly weight: PackedPart;
  /** numbers in as many rows and columns as there are tiles */
  readonly scale: PackedPart;
  /** rows and columns that share a scale */
  readonly tile: readonly [rows: number, columns: number];
  readonly factor?: number;
}

/**
 * Integers of `bits` bits one after the other in each row, the first in the lowest bits; so many of them in a row share a scale:
 * F(q)·scale + offset, or F(q − zero)·scale.
 */
export interface RowPacking {
  readonly kind: 'rows';
  readonly bits: 2 | 4 | 8;
  /** 32-bit integers [outputs, inputs·bits/32] */
  readonly weight: PackedPart;
  /** [outputs, groups], or more columns than there are groups */
  readonly scale: PackedPart;
  readonly groups: number;
  readonly offset: RowOffset;
  /** the group of each input feature, I32 [inputs], where that is not the next so many */
  readonly groupOf?: PackedPart;
}

/** What is taken from, or added to, the integers of a row. */
export type RowOffset =
  | { readonly kind: 'number'; readonly zero: number }
  /** numbers [outputs, groups], added once the scale is multiplied with */
  | { readonly kind: 'bias'; readonly bias: PackedPart }
  /** integers packed along the outputs [outputs·bits/32, groups], as 32-bit integers */
  | { readonly kind: 'zeros'; readonly zeros: PackedPart }
  /** integers packed along the groups [outputs, groups·bits/32], or more, as 32-bit integers */
  | { readonly kind: 'zeros of groups'; readonly zeros: PackedPart };

/** Four bits a number, which stand for entries of a table, the first in the upper half of a byte; a run of them has a scale: table[q]·scale. */
export interface CodebookPacking {
  readonly kind: 'codebook';
  /** U8 [numbers/2, 1] */
  readonly weight: PackedPart;
  /** F32 [16] */
  readonly table: PackedPart;
  /** numbers that share a scale; a divisor of the inputs */
  readonly run: number;
  /** F32, or U8 where the scales are quantised in turn */
  readonly scale: PackedPart;
  /** scale = table[q]·scale + offset, for runs of scales */
  readonly nested?: { readonly table: PackedPart; readonly scale: PackedPart; readonly run: number; readonly offset: number };
}

/** Integers packed along the inputs: F(q − zero)·scale, by groups of inputs. */
export interface GptqPacking {
  readonly kind: 'gptq';
  readonly bits: 2 | 4 | 8;
  /** I32 [inputs·bits/32, outputs] */
  readonly weight: PackedPart;
  /** [groups, outputs] */
  readonly scale: PackedPart;
  /** I32 [groups, outputs·bits/32] */
  readonly zeros: PackedPart;
  /** what is added to the zeros as they are stored, within their bits */
  readonly zeroOffset: 0 | 1;
  readonly groupOf?: PackedPart;
}

/** Four-bit integers packed along the outputs, eight in an order of their own: F(q − zero)·scale, by groups of inputs. */
export interface AwqPacking {
  readonly kind: 'awq';
  /** I32 [inputs, outputs/8] */
  readonly weight: PackedPart;
  /** [groups, outputs] */
  readonly scale: PackedPart;
  /** I32 [groups, outputs/8]; absent: 0 */
  readonly zeros?: PackedPart;
}

/** Four bits a number (E2M1), the first in the lower half of a byte; 32 of them in a row have a power of two as their scale: e2m1[q]·2^(scale − 127). */
export interface Mxfp4Packing {
  readonly kind: 'mxfp4';
  /** U8 [outputs, inputs/2], or [matrices, outputs, inputs/2] of a stack */
  readonly weight: PackedPart;
  /** U8 [outputs, inputs/32], or [matrices, outputs, inputs/32] of a stack */
  readonly scale: PackedPart;
}

/** A matrix of a stack; null where matrices packed so do not lie one after the other. */
export function matrixOfStack(packing: Packing, index: number): Packing | null {
  if (packing.kind !== 'mxfp4') return null;
  const one = ({ dtype, shape: [count, ...shape], bytes }: PackedPart): PackedPart => {
    const byteLength = bytes.byteLength / count;
    return { dtype, shape, bytes: { ...bytes, offset: bytes.offset + index * byteLength, byteLength } };
  };
  return { kind: 'mxfp4', weight: one(packing.weight), scale: one(packing.scale) };
}

/** How many rows are unpacked together, at least. */
export function rowsTogether({ kind }: Packing): number {
  return kind === 'awq' ? 8 : 1;
}

/** Everything that a packed weight consists of, its numbers first. */
export function partsOfPacking(packing: Packing): readonly PackedPart[] {
  const more = (...parts: readonly (PackedPart | undefined)[]) => parts.filter((part) => part !== undefined);
  switch (packing.kind) {
    case 'scaled':
    case 'mxfp4':
      return [packing.weight, packing.scale];
    case 'rows': {
      const { offset } = packing;
      const own = offset.kind === 'bias' ? offset.bias : offset.kind === 'number' ? undefined : offset.zeros;
      return more(packing.weight, packing.scale, own, packing.groupOf);
    }
    case 'codebook':
      return more(packing.weight, packing.table, packing.scale, packing.nested?.table, packing.nested?.scale);
    case 'gptq':
      return more(packing.weight, packing.scale, packing.zeros, packing.groupOf);
    case 'awq':
      return more(packing.weight, packing.scale, packing.zeros);
  }
}
