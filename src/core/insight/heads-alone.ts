/**
 * What the reads that are drawn do by themselves: the heads that make them as they are, every other head at its mean over prompts.
 * docs/method.md, "What is drawn, alone".
 */
import type { TokenScore } from '../format/flow-graph';
import { nodeId } from '../format/node-id';
import { headsOf } from './read-heads';
import type { StoryRead } from './story';

/** The answer of the `headsAlone` call. */
export interface HeadsAlone {
  readonly schema: 'visit.heads-alone/1';
  /** how many heads are as they are at the position under study, of how many */
  readonly kept: number;
  readonly heads: number;
  /** over how many prompts the mean of the others is taken */
  readonly prompts: number;
  /** what the pass then says of the target, and first */
  readonly value: number;
  readonly probability: number;
  readonly predicts: TokenScore;
}

/** The names of the heads that bring most of some reads. */
export function headsBehind(reads: readonly StoryRead[]): string[] {
  return [...new Set(reads.flatMap((read) => headsOf(read).map(({ head }) => nodeId.headOut(read.layer, head))))];
}
