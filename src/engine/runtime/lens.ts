import { DEFAULT_MEASURE } from '../../core/format/default-measure';
import type { TokenMeasure } from '../../core/format/share-measure';
import type { LensBatch, LensRequest, Target } from '../../core/pass/lens';
import { Problem } from '../../core/problem';
import type { LensMaps } from '../onnx/lens-maps';
import type { ModelGraphs } from '../onnx/model-graphs';
import { floats, indices } from '../onnx/session-pool';

/** Rows read at once: enough for the product to be near its peak speed. */
const BATCH = 256;

/** Logits made at once, whatever the vocabulary: a batch needs about 14 bytes for each. */
const BATCH_LOGITS = 1.6e7;

/** What reads the shares of what a target's measure names off the summands of a stream; see `buildTargetGraph`. */
export interface TargetDirection {
  /** [d] */ readonly direction: Float32Array;
  /** share of the norm's and the unembedding's bias */ readonly bias: number;
}

/**
 * What reads logits, or logits less their mean, off the summands of a stream, one row a token.
 *
 * @param anchor [d] final stream at the position whose scale is frozen
 * @returns directions [n,d] and the biases' shares [n]
 */
export async function tokenDirections(
  graphs: ModelGraphs,
  anchor: Float32Array,
  ids: readonly number[],
  measure: TokenMeasure,
): Promise<{ readonly directions: Float32Array; readonly biases: Float32Array }> {
  const { inputs } = graphs.spec.unembedding.table.weight;
  const origin = measure === 'centred' ? await graphs.meanToken() : { row: new Float32Array(inputs), bias: 0 };
  const results = await graphs.target((run) =>
    run({
      anchor: floats(anchor, [1, anchor.length]),
      target: indices(ids),
      origin: floats(origin.row, [1, inputs]),
      origin_bias: floats(Float32Array.of(origin.bias), [1, 1]),
    }),
  );
  return { directions: results.floats('direction'), biases: results.floats('bias') };
}

/** @param anchor [d] final stream at the position whose scale is frozen */
export async function targetDirection(
  graphs: ModelGraphs,
  anchor: Float32Array,
  { id, against, measure = DEFAULT_MEASURE }: Target,
): Promise<TargetDirection> {
  // In a difference the mean cancels.
  const asked = against === undefined ? { ids: [id], measure } : { ids: [id, against], measure: 'raw' as const };
  const {
    directions,
    biases: [bias, biasAgainst],
  } = await tokenDirections(graphs, anchor, asked.ids, asked.measure);
  const d = anchor.length;
  if (against === undefined) return { direction: directions, bias };
  return { direction: directions.slice(0, d).map((x, i) => x - directions[d + i]), bias: bias - biasAgainst };
}

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
 * @param final [d] final stream
 */
export async function meanLogit(graphs: ModelGraphs, final: Float32Array): Promise<number> {
  if (graphs.spec.unembedding.softCap !== undefined) {
    const logits = await logitsOf(graphs, final);
    return logits.reduce((sum, logit) => sum + logit, 0) / logits.length;
  }
  // The mean is what the one reads more than the other, whatever the token.
  const raw = await targetDirection(graphs, final, { id: 0, measure: 'raw' });
  const centred = await targetDirection(graphs, final, { id: 0, measure: 'centred' });
  return final.reduce((sum, x, i) => sum + x * (raw.direction[i] - centred.direction[i]), raw.bias - centred.bias);
}

/**
 * Reads rows of width d as tokens.
 *
 * @param anchor [d] final stream at the position whose scale is frozen for the shares
 * @param lens maps rows that are not of the final stream; null: the logit lens
 * @param beforeBatch may throw to stop
 * @throws Problem `weights-invalid` when an answer is not a finite number, and what `beforeBatch` throws
 */
export async function readRows(
  graphs: ModelGraphs,
  rows: Float32Array,
  anchor: Float32Array,
  request: LensRequest,
  lens: LensMaps | null,
  beforeBatch: () => void,
): Promise<LensBatch> {
  const { dModel: d, vocabSize } = graphs.spec;
  const count = rows.length / d;
  const k = Math.min(request.k, vocabSize);
  const { id, against } = request.target;
  const { direction } = await targetDirection(graphs, anchor, request.target);
  const answer = emptyBatch(count, k);
  const batch = Math.max(1, Math.min(BATCH, Math.floor(BATCH_LOGITS / vocabSize)));

  const mapped = lens && request.at && request.through === undefined ? await lens.map(rows, request.at) : rows;

  await graphs.lens(request.through ?? 'final norm', async (run) => {
    for (let from = 0; from < count; from += batch) {
      beforeBatch();
      const to = Math.min(from + batch, count);
      const results = await run({
        rows: floats(rows.subarray(from * d, to * d), [to - from, d]),
        mapped: floats(mapped.subarray(from * d, to * d), [to - from, d]),
        target: indices([id]),
        against: indices([against ?? id]),
        k: indices([k]),
        direction: floats(direction, [d, 1]),
      });
      for (const name of LISTS) answer[name].set(results.floats(name), from * k);
      for (const name of FIGURES) answer[name].set(results.floats(name), from);
      for (const name of ID_LISTS) answer[name].set(results.ints(name), from * k);
      answer.targetRanks.set(results.ints('targetRanks'), from);
      if (against !== undefined) {
        results.floats('againstLogits').forEach((logit, i) => (answer.targetLogits[from + i] -= logit));
      }
    }
  });
  if ([...LISTS, ...FIGURES].some((name) => !answer[name].every(Number.isFinite))) {
    throw notFinite();
  }
  return answer;
}

/** A pass has come to numbers that are none. */
export function notFinite(): Problem {
  return new Problem(
    'weights-invalid',
    'Some values in this pass are not finite: the weights contain NaN or infinity, or values so large that they overflow.',
    'The file may be damaged, or the model’s training may have failed: fetch the checkpoint again, or use another one.',
  );
}

const LISTS = ['topLogits', 'topProbabilities', 'bottomLogits', 'bottomProbabilities'] as const;
const FIGURES = ['targetLogits', 'targetProbabilities', 'entropies', 'norms', 'shares'] as const;
const ID_LISTS = ['topIds', 'bottomIds'] as const;

function emptyBatch(count: number, k: number): LensBatch {
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
