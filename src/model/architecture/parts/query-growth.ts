/** Queries that grow with their position, as in Llama 4. */
import type { QueryGrowthSpec } from '../model-spec';

/** What the queries of positions 0 … length − 1 are multiplied with. [T] */
export function queryFactors({ rate, every, from = 0 }: QueryGrowthSpec, length: number): Float32Array {
  return Float32Array.from({ length }, (_, position) => 1 + rate * Math.log(1 + Math.floor((position + from) / every)));
}
