/** Attention with linear biases (Press et al. 2022, arXiv 2108.12409). */

/** A bias on every score that grows with the key's position: slope of the head × position. */
export interface AlibiSpec {
  /** one for each head, as they multiply the position in the finished score */
  readonly slopes: readonly number[];
  /** whether slopes and biases are rounded to BF16 before they are scaled, as in Falcon; absent: they are not */
  readonly roundedTo?: 'bfloat16';
  /** what the bias is multiplied with once it is rounded; absent: 1 */
  readonly scale?: number;
}

/** The slopes of the paper: a geometric sequence for a power of two, filled up from the next one for any other number. */
export function alibiSlopes(heads: number): number[] {
  const closest = 2 ** Math.floor(Math.log2(heads));
  const sequence = (of: number) => Array.from({ length: of }, (_, i) => 2 ** ((-8 * (i + 1)) / of));
  const others = sequence(2 * closest).filter((_, i) => i % 2 === 0);
  return [...sequence(closest), ...others].slice(0, heads);
}

/** Biases of positions 0 … length − 1. [T,H] */
export function alibiBiases({ slopes, roundedTo, scale = 1 }: AlibiSpec, length: number): Float32Array {
  const round = roundedTo === 'bfloat16' ? toBfloat16 : Math.fround;
  const heads = slopes.map(round);
  return Float32Array.from({ length: length * heads.length }, (_, i) => {
    const position = Math.floor(i / heads.length);
    return round(heads[i % heads.length] * position) * scale;
  });
}

const word = new DataView(new ArrayBuffer(4));

/** The nearest number that BF16 holds, halfway cases to even. */
function toBfloat16(value: number): number {
  word.setFloat32(0, value);
  const bits = word.getUint32(0);
  word.setUint32(0, (bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000);
  return word.getFloat32(0);
}
