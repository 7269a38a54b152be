/** Which token of one prompt stands for which token of the other. */
import type { Alignment } from '../format/comparison';

/** Cells that the exact search may hold; two prompts of 4096 tokens without a common end. */
const MAX_CELLS = 2 ** 24;

/**
 * Aligns two prompts by their token ids. Of all alignments in order the one with the most equal pairs, and of those the
 * one with the most pairs altogether: a token without an equal stands for the one in its place ("Japan" for "France").
 * What is still open is decided from the end, where a prompt says what is asked. Swapping the prompts swaps the pairs.
 *
 * O(n·m) in time and memory after the common end; where that would be more than `MAX_CELLS`, what differs is aligned by
 * distance from the end.
 */
export function alignTokens(left: readonly number[], right: readonly number[]): Alignment {
  let i = left.length;
  let j = right.length;
  const fromEnd: Alignment = [];
  const pair = (): void => void fromEnd.push([--i, --j]);
  // Equal tokens at the end are a pair in some best alignment, so the search need not see them.
  while (i > 0 && j > 0 && left[i - 1] === right[j - 1]) pair();
  const best = (i + 1) * (j + 1) <= MAX_CELLS ? bestScores(left.slice(0, i), right.slice(0, j)) : null;
  while (i > 0 && j > 0) {
    const step = best ? lastStep(best, left, right, i, j) : 'pair';
    if (step === 'pair') pair();
    else if (step === 'left') fromEnd.push([--i, null]);
    else fromEnd.push([null, --j]);
  }
  while (i > 0) fromEnd.push([--i, null]);
  while (j > 0) fromEnd.push([null, --j]);
  return fromEnd.reverse();
}

/** Scores of the best alignments of every two beginnings. */
interface Scores {
  /** of the first `i` left and the first `j` right tokens */
  at(i: number, j: number): number;
  /** what aligning two tokens with each other scores */
  pair(a: number, b: number): number;
}

/** An equal pair outweighs any number of unequal ones. */
function bestScores(left: readonly number[], right: readonly number[]): Scores {
  const width = right.length + 1;
  const equal = Math.min(left.length, right.length) + 1;
  const pair = (a: number, b: number): number => (a === b ? equal + 1 : 1);
  const scores = new Uint32Array((left.length + 1) * width);
  for (let i = 1; i <= left.length; i++) {
    for (let j = 1; j <= right.length; j++) {
      scores[i * width + j] = Math.max(
        scores[(i - 1) * width + j - 1] + pair(left[i - 1], right[j - 1]),
        scores[(i - 1) * width + j],
        scores[i * width + j - 1],
      );
    }
  }
  return { at: (i, j) => scores[i * width + j], pair };
}

/** How a best alignment of the first `i` and `j` tokens ends: in a pair where it can. */
function lastStep(scores: Scores, left: readonly number[], right: readonly number[], i: number, j: number): 'pair' | 'left' | 'right' {
  const [a, b] = [left[i - 1], right[j - 1]];
  const best = scores.at(i, j);
  if (best === scores.at(i - 1, j - 1) + scores.pair(a, b)) return 'pair';
  const leftCan = best === scores.at(i - 1, j);
  const rightCan = best === scores.at(i, j - 1);
  if (leftCan !== rightCan) return leftCan ? 'left' : 'right';
  // Leave out where fewer tokens have been passed from the end; then by id, so that swapping the prompts swaps the answer.
  const passed = left.length - i - (right.length - j);
  return passed < 0 || (passed === 0 && a > b) ? 'left' : 'right';
}

/** For each position of one side its counterpart on the other, or null. */
export function counterparts(alignment: Alignment, side: 'left' | 'right'): (number | null)[] {
  const found: (number | null)[] = [];
  for (const [left, right] of alignment) {
    const [own, other] = side === 'left' ? [left, right] : [right, left];
    if (own !== null) found[own] = other;
  }
  return found;
}
