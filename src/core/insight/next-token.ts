/** Choosing the token that comes next, of the logits of all. */
import type { Sampling } from '../format/continuation';
import { randomNumbers } from './random-sample';

/** A token that was chosen, and what else it might have been. */
export interface Choice {
  readonly id: number;
  readonly probability: number;
  /** from 1 */
  readonly rank: number;
  /** the most likely tokens, most likely first */
  readonly top: readonly { readonly id: number; readonly probability: number }[];
  /** bits */
  readonly entropy: number;
}

/**
 * The most likely token, or one that is drawn. Of equally likely tokens the one with the lowest id comes first, as in torch.
 *
 * @param logits [V]
 * @param options.top how many of the most likely tokens are listed
 * @param options.position number of tokens before it, which decides with the seed what is drawn
 */
export function chooseNext(
  logits: Float32Array,
  { sampling, top, position }: { readonly sampling: Sampling | null; readonly top: number; readonly position: number },
): Choice {
  const { probabilities, entropy } = softmax(logits);
  const id = sampling === null ? likeliest(logits) : drawnToken(logits, sampling, position);
  const isLikelier = (other: number): boolean => logits[other] > logits[id] || (logits[other] === logits[id] && other < id);
  let rank = 1;
  for (let other = 0; other < logits.length; other++) if (isLikelier(other)) rank++;
  return {
    id,
    probability: probabilities[id],
    rank,
    top: largest(logits, top).map((listed) => ({ id: listed, probability: probabilities[listed] })),
    entropy,
  };
}

function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id] > logits[best]) best = id;
  return best;
}

function softmax(logits: Float32Array): { readonly probabilities: Float64Array; readonly entropy: number } {
  const most = logits[likeliest(logits)];
  const probabilities = Float64Array.from(logits, (logit) => Math.exp(logit - most));
  const sum = probabilities.reduce((total, x) => total + x, 0);
  let entropy = 0;
  probabilities.forEach((x, id) => {
    probabilities[id] = x / sum;
    if (x > 0) entropy -= (x / sum) * Math.log2(x / sum);
  });
  return { probabilities, entropy: Math.max(0, entropy) };
}

/** Ids of the `count` largest logits, largest first. */
function largest(logits: Float32Array, count: number): number[] {
  const found: number[] = [];
  for (let id = 0; id < logits.length; id++) {
    if (found.length === count && logits[id] <= logits[found[count - 1]]) continue;
    let place = found.length;
    while (place > 0 && logits[found[place - 1]] < logits[id]) place--;
    found.splice(place, 0, id);
    if (found.length > count) found.pop();
  }
  return found;
}

/** A token drawn from what temperature, top-k and top-p leave, in the order in which transformers applies them. */
function drawnToken(logits: Float32Array, { temperature, topK, topP, seed }: Sampling, position: number): number {
  const order = Array.from(logits.keys()).sort((a, b) => logits[b] - logits[a] || a - b);
  // As in transformers, tokens that are as likely as the last of the k stay too.
  const least = topK === undefined ? -Infinity : logits[order[Math.min(topK, order.length) - 1]];
  const kept = order.filter((id) => logits[id] >= least);
  const weights = kept.map((id) => Math.exp((logits[id] - logits[order[0]]) / temperature));
  const total = weights.reduce((sum, x) => sum + x, 0);
  let count = 0;
  for (let sum = 0; count < kept.length && (topP === undefined || topP >= 1 || count === 0 || sum < topP * total); count++)
    sum += weights[count];
  const left = weights.slice(0, count).reduce((sum, x) => sum + x, 0);
  let rest = numberAt(seed, position) * left;
  for (let i = 0; i < count; i++) {
    rest -= weights[i];
    if (rest < 0) return kept[i];
  }
  return kept[count - 1];
}

/** The number in [0, 1) that a seed has for a position, whatever was drawn before. */
function numberAt(seed: number, position: number): number {
  return randomNumbers(Math.floor(randomNumbers(seed)() * 2 ** 32) ^ Math.imul(position + 1, 0x9e3779b1))();
}
