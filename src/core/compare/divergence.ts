/** Where two passes diverge: both residual streams at every block border. */
import { cosine, rowOf } from '../pass/vector';
import type { DivergenceStep } from '../format/comparison';
import { answer, type AskedPass } from './contrast';

/** Compares the streams at the borders 0 … L, at each side's position. */
export async function divergenceSteps(left: AskedPass, right: AskedPass): Promise<DivergenceStep[]> {
  const { dModel: d, vocabSize, nLayers } = left.pass.model;
  const [leftRows, rightRows] = [streamAt(left), streamAt(right)];
  const [leftLogits, rightLogits] = [await left.pass.logits(leftRows), await right.pass.logits(rightRows)];
  let before = 0;
  return Array.from({ length: nLayers + 1 }, (_, border): DivergenceStep => {
    const [l, r] = [rowOf(leftRows, border, d), rowOf(rightRows, border, d)];
    const apart = answer(right.question, r) - answer(left.question, l);
    const contrast = apart - before;
    before = apart;
    return {
      layer: border - 1,
      divergence: jensenShannon(softmax(rowOf(leftLogits, border, vocabSize)), softmax(rowOf(rightLogits, border, vocabSize))),
      cosine: cosine(l, r),
      contrast,
    };
  });
}

/** The stream at every border, as one matrix. [L+1,d] */
function streamAt({ pass, position }: AskedPass): Float32Array {
  const { dModel: d } = pass.model;
  const rows = new Float32Array(pass.stream.length * d);
  pass.stream.forEach((stream, border) => rows.set(rowOf(stream, position, d), border * d));
  return rows;
}

/** The block whose step drives the passes apart most; the last block where none does. */
export function mostDivergentBlock(steps: readonly DivergenceStep[]): number {
  let most = steps[steps.length - 1];
  for (const step of steps) {
    if (step.layer >= 0 && Math.abs(step.contrast) > Math.abs(most.contrast)) most = step;
  }
  return most.layer;
}

function softmax(logits: Float32Array): Float64Array {
  let highest = -Infinity;
  for (const logit of logits) highest = Math.max(highest, logit);
  const probabilities = Float64Array.from(logits, (logit) => Math.exp(logit - highest));
  let total = 0;
  for (const p of probabilities) total += p;
  return probabilities.map((p) => p / total);
}

/**
 * Jensen–Shannon divergence in bits: ½ KL(p‖m) + ½ KL(q‖m) with m = ½(p + q). Symmetric, 0 for equal distributions, 1 for
 * distributions with nothing in common (Lin 1991).
 */
export function jensenShannon(p: Float64Array, q: Float64Array): number {
  let toLeft = 0;
  let toRight = 0;
  for (let i = 0; i < p.length; i++) {
    const m = (p[i] + q[i]) / 2;
    if (p[i] > 0) toLeft += p[i] * Math.log2(p[i] / m);
    if (q[i] > 0) toRight += q[i] * Math.log2(q[i] / m);
  }
  return Math.min(1, Math.max(0, (toLeft + toRight) / 2));
}
