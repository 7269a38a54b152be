import type { LensBatch, LensRequest, Target } from '../../core/pass/lens';
import { Problem } from '../../core/problem';
import type { ModelGraphs } from '../onnx/model-graphs';
import { floats, indices } from '../onnx/session-pool';

/** Rows read at once: enough for the product to be near its peak speed. */
const BATCH = 256;

/** Logits made at once, whatever the vocabulary: a batch needs about 14 bytes for each. */
const BATCH_LOGITS = 1.6e7;

/** What reads the shares of a target's logit, or of a difference of two, off the summands of a stream; see `buildTargetGraph`. */
export interface TargetDirection {
  /** [d] */ readonly direction: Float32Array;
  /** share of the norm's and the unembedding's bias */ readonly bias: number;
}

/** @param anchor [d] final stream at the position whose scale is frozen */
export async function targetDirection(graphs: ModelGraphs, anchor: Float32Array, { id, against }: Target): Promise<TargetDirection> {
  const ids = against === undefined ? [id] : [id, against];
  const results = await graphs.target((run) => run({ anchor: floats(anchor, [1, anchor.length]), target: indices(ids) }));
  const directions = results.floats('direction');
  const [bias, biasAgainst] = results.floats('bias');
  const d = anchor.length;
  if (against === undefined) return { direction: directions, bias };
  return { direction: directions.slice(0, d).map((x, i) => x - directions[d + i]), bias: bias - biasAgainst };
}

/**
 * Reads rows of width d as tokens.
 *
 * @param anchor [d] final stream at the position whose scale is frozen for the shares
 * @param beforeBatch may throw to stop
 * @throws Problem `weights-invalid` when an answer is not a finite number, and what `beforeBatch` throws
 */
export async function readRows(
  graphs: ModelGraphs,
  rows: Float32Array,
  anchor: Float32Array,
  request: LensRequest,
  beforeBatch: () => void,
): Promise<LensBatch> {
  const { dModel: d, vocabSize } = graphs.spec;
  const count = rows.length / d;
  const k = Math.min(request.k, vocabSize);
  const { id, against } = request.target;
  const { direction } = await targetDirection(graphs, anchor, request.target);
  const answer = emptyBatch(count, k);
  const batch = Math.max(1, Math.min(BATCH, Math.floor(BATCH_LOGITS / vocabSize)));

  await graphs.lens(request.through ?? 'final norm', async (run) => {
    for (let from = 0; from < count; from += batch) {
      beforeBatch();
      const to = Math.min(from + batch, count);
      const results = await run({
        rows: floats(rows.subarray(from * d, to * d), [to - from, d]),
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
    throw new Problem(
      'weights-invalid',
      'Some values in this pass are not finite: the weights contain NaN or infinity, or values so large that they overflow.',
      'The file may be damaged, or the model’s training may have failed: fetch the checkpoint again, or use another one.',
    );
  }
  return answer;
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
