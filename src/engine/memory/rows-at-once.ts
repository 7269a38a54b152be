/** How many rows the lens reads at once. */

/** Enough for the product to be near its peak speed, and about what is drawn of one layer: weights that are dequantised at every use are so once for all of it. */
const ROWS = 256;

/** Logits made at once, whatever the vocabulary: each takes 4 bytes, and as much again where the weight is widened in slices. */
const LOGITS = 3.3e7;

/** Rows that are read at once as tokens of a vocabulary. */
export function rowsAtOnce(vocabSize: number): number {
  return Math.max(1, Math.min(ROWS, Math.floor(LOGITS / vocabSize)));
}
