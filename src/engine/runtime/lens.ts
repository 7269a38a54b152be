import { DEFAULT_MEASURE } from '../../core/format/default-measure';
import type { LensBatch, LensRequest } from '../../core/pass/lens';
import { dot, norm, rowOf } from '../../core/pass/vector';
import { Problem } from '../../core/problem';
import { rowsAtOnce } from '../memory/rows-at-once';
import { READ_FIGURES, READ_LISTS } from '../onnx/lens-graph';
import type { LensMaps } from '../onnx/lens-maps';
import type { ModelGraphs } from '../onnx/model-graphs';
import { floats, indices } from '../onnx/session-pool';
import type { TokenDirections } from './token-directions';

/** All logits of rows of width d. [N,V] */
export async function logitsOf(graphs: ModelGraphs, rows: Float32Array): Promise<Float32Array> {
  const { dModel: d } = graphs.spec;
  const results = await graphs.unembed((run) => run({ resid_post: floats(rows, [rows.length / d, d]) }));
  return results.floats('logits');
}

/**
 * The mean of all of the model's logits, as the kept mean token reads it; after a soft-cap, which bends every logit by itself, that of
 * the logits one by one.
 *
 * @param final [d] final stream at the position
 */
export async function meanLogit(graphs: ModelGraphs, directions: TokenDirections, final: Float32Array, position: number): Promise<number> {
  if (graphs.spec.unembedding.softCap !== undefined) {
    const logits = await logitsOf(graphs, final);
    return logits.reduce((sum, logit) => sum + logit, 0) / logits.length;
  }
  const { direction, bias } = await directions.ofMean(position);
  return bias + dot(final, direction);
}

/**
 * Reads rows of width d as tokens.
 *
 * @param directions of the pass that the rows are of
 * @param lens maps rows that are not of the final stream; null: the logit lens
 * @param beforeBatch may throw to stop
 * @throws Problem `weights-invalid` when an answer is not a finite number, and what `beforeBatch` throws
 */
export async function readRows(
  graphs: ModelGraphs,
  rows: Float32Array,
  directions: TokenDirections,
  request: LensRequest,
  lens: LensMaps | null,
  beforeBatch: () => void,
): Promise<LensBatch> {
  const { dModel: d, vocabSize } = graphs.spec;
  const count = rows.length / d;
  const k = Math.min(request.k, vocabSize);
  const { against, measure = DEFAULT_MEASURE } = request.target;
  const wantsMean = against === undefined && measure === 'centred';
  const batch = rowsAtOnce(vocabSize);
  const mapped = lens && request.at && request.through === undefined ? await lens.map(rows, request.at) : rows;
  const answer = { ...emptyBatch(count, k), target: 'id' in request.target ? request.target.id : -1 };

  await graphs.lens(request.through ?? 'final norm', async (run) => {
    const read = async (from: number, to: number, predicting: number) => {
      beforeBatch();
      const results = await run({
        mapped: floats(mapped.subarray(from * d, to * d), [to - from, d]),
        target: indices([answer.target]),
        against: indices([against ?? 0]),
        predicting: indices([predicting]),
        k: indices([k]),
        mean: indices([wantsMean && graphs.figures.wantsMeanToken ? 1 : 0]),
      });
      if (wantsMean && graphs.figures.wantsMeanToken && results.names.includes('mean_row'))
        graphs.figures.learnMeanToken(results.floats('mean_row'));
      [answer.target] = results.ints('chosen');
      return results.floats('readings');
    };
    const predicting = 'predictedBy' in request.target ? request.target.predictedBy : 0;
    // A row of a later batch is read first, so that all others know the target.
    if (predicting >= batch) await read(predicting, predicting + 1, 0);
    for (let from = 0; from < count; from += batch) {
      const to = Math.min(from + batch, count);
      // After the batch that has it the target is known, and which row says so does not matter.
      const isHere = from <= predicting && predicting < to;
      takeReadings(answer, from, await read(from, to, isHere ? predicting - from : 0), against !== undefined);
    }
  });
  const direction = await directions.ofTarget(request.position, { ...request.target, id: answer.target });
  for (let i = 0; i < count; i++) {
    const row = rowOf(rows, i, d);
    answer.norms[i] = norm(row);
    answer.shares[i] = dot(row, direction);
  }
  if ([...NUMBERS, 'norms' as const, 'shares' as const].some((name) => !answer[name].every(Number.isFinite))) throw notFinite();
  return answer;
}

/** Lays what the lens graph says of some rows, from one on, into the answer. @param isDifference whether logits of the target are differences */
function takeReadings(answer: LensBatch, from: number, readings: Float32Array, isDifference: boolean): void {
  const { k } = answer;
  const width = READ_LISTS.length * k + READ_FIGURES.length;
  for (let at = 0, row = from; at < readings.length; at += width, row++) {
    READ_LISTS.forEach((name, i) => answer[name].set(readings.subarray(at + i * k, at + (i + 1) * k), row * k));
    const [targetLogit, againstLogit, targetProbability, targetRank, entropy] = readings.subarray(at + READ_LISTS.length * k);
    answer.targetLogits[row] = isDifference ? targetLogit - againstLogit : targetLogit;
    answer.targetProbabilities[row] = targetProbability;
    answer.targetRanks[row] = targetRank;
    answer.entropies[row] = entropy;
  }
}

/** A pass has come to numbers that are none. */
export function notFinite(): Problem {
  return new Problem(
    'weights-invalid',
    'Some values in this pass are not finite: the weights contain NaN or infinity, or values so large that they overflow.',
    'The file may be damaged, or the model’s training may have failed: fetch the checkpoint again, or use another one.',
  );
}

/** What is not a finite number where weights are damaged. */
const NUMBERS = [
  'topLogits',
  'topProbabilities',
  'bottomLogits',
  'bottomProbabilities',
  'targetLogits',
  'targetProbabilities',
  'entropies',
] as const;

function emptyBatch(count: number, k: number): Omit<LensBatch, 'target'> {
  const list = () => new Float32Array(count * k);
  const figure = () => new Float32Array(count);
  return {
    topIds: new Int32Array(count * k),
    topLogits: list(),
    topProbabilities: list(),
    bottomIds: new Int32Array(count * k),
    bottomLogits: list(),
    bottomProbabilities: list(),
    targetLogits: figure(),
    targetProbabilities: figure(),
    targetRanks: new Int32Array(count),
    entropies: figure(),
    norms: figure(),
    shares: figure(),
    k,
  };
}
