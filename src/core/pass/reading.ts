/** From the lens's flat arrays to one row's reading. */
import type { Reading, TokenScore } from '../format/flow-graph';
import type { InspectablePass } from './inspectable-pass';
import type { LensBatch } from './lens';

/** The most likely tokens of row `i` of a batch. */
export function topAt(batch: LensBatch, i: number, vocabulary: Pick<InspectablePass, 'tokenText'>): TokenScore[] {
  return scores(batch, i, vocabulary, batch.topIds, batch.topLogits, batch.topProbabilities);
}

function scores(
  { k }: LensBatch,
  i: number,
  vocabulary: Pick<InspectablePass, 'tokenText'>,
  ids: Int32Array,
  logits: Float32Array,
  probabilities: Float32Array,
): TokenScore[] {
  return Array.from({ length: k }, (_, n) => {
    const at = i * k + n;
    const { id, text, fragment } = vocabulary.tokenText(ids[at]);
    // Two literals rather than a spread: there are thousands of these in a graph, and a spread takes nine times as long.
    return fragment
      ? { id, text, fragment, logit: logits[at], probability: probabilities[at] }
      : { id, text, logit: logits[at], probability: probabilities[at] };
  });
}

/** The reading of row `i` of a batch. */
export function readingAt(batch: LensBatch, i: number, vocabulary: Pick<InspectablePass, 'tokenText'>): Reading {
  return {
    top: topAt(batch, i, vocabulary),
    bottom: scores(batch, i, vocabulary, batch.bottomIds, batch.bottomLogits, batch.bottomProbabilities),
    target: {
      logit: batch.targetLogits[i],
      probability: batch.targetProbabilities[i],
      rank: batch.targetRanks[i],
    },
    entropy: batch.entropies[i],
  };
}
