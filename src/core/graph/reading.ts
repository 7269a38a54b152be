/** From the lens's flat arrays to one row's reading. */
import type { Reading, TokenScore } from './flow-graph';
import type { InspectablePass, LensBatch } from './pass';

/** The reading of row `i` of a batch. */
export function readingAt(batch: LensBatch, i: number, vocabulary: Pick<InspectablePass, 'tokenText'>): Reading {
  const list = (ids: Int32Array, logits: Float32Array, probabilities: Float32Array): TokenScore[] =>
    Array.from({ length: batch.k }, (_, n) => {
      const at = i * batch.k + n;
      return { ...vocabulary.tokenText(ids[at]), logit: logits[at], probability: probabilities[at] };
    });
  return {
    top: list(batch.topIds, batch.topLogits, batch.topProbabilities),
    bottom: list(batch.bottomIds, batch.bottomLogits, batch.bottomProbabilities),
    target: {
      logit: batch.targetLogits[i],
      probability: batch.targetProbabilities[i],
      rank: batch.targetRanks[i],
    },
    entropy: batch.entropies[i],
  };
}
