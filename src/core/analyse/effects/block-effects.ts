/** Estimated effects of what a block computes: ⟨v − v', gradient⟩ for every component. docs/method.md, "Effect". */
import type {
  BlockEffects,
  BlockTensors,
  DifferentiatedBlock,
  DifferentiatedPass,
  EmbeddingEffects,
  ReplacedEffect,
} from '../../pass/effects';
import type { ExpertAtWork } from '../../pass/block-state';
import type { InspectablePass } from '../../pass/inspectable-pass';
import { dot, rowOf } from '../../pass/vector';

/** Rows of what a component is, of how the quantity changes with it, and of what takes its place (absent: 0). */
interface Rows {
  /** [n,width] */ readonly values: Float32Array;
  /** [n,width] */ readonly gradients: Float32Array;
  /** [n − first,width] */ readonly baseline?: Float32Array | undefined;
}

/**
 * Products of (v − v') and the gradient, `width` numbers at a time. [n·count] where each row holds `count` parts; NaN in rows before
 * the first that has something to take their place.
 */
function products({ values, gradients, baseline }: Rows, n: number, first: number, count: number): Float32Array {
  const width = values.length / n / count;
  const missing = first * count * width;
  const effects = new Float32Array(n * count).fill(Number.NaN, 0, first * count);
  for (let part = first * count, i = missing; part < n * count; part++) {
    let sum = 0;
    // Two loops, because all numbers of a pass go through here.
    if (baseline === undefined) for (const end = i + width; i < end; i++) sum += values[i] * gradients[i];
    else for (const end = i + width; i < end; i++) sum += (values[i] - baseline[i - missing]) * gradients[i];
    effects[part] = sum;
  }
  return effects;
}

/** The effects of a block. n is the number of positions that were gone back through. */
export function blockEffects(block: DifferentiatedBlock, { model, stream }: Pick<InspectablePass, 'model' | 'stream'>): BlockEffects {
  const { layer, values, gradients, baseline, preGradient, postGradient } = block;
  const { nHeads, dModel: d } = model;
  const n = postGradient.length / d;
  const first = baseline?.first ?? 0;
  const of = (tensor: keyof BlockTensors, count: number): Float32Array =>
    products({ values: values[tensor], gradients: gradients[tensor], baseline: baseline?.[tensor] }, n, first, count);
  const ofStream = (border: number, gradient: Float32Array, replaced: Float32Array | undefined): Float32Array =>
    products({ values: stream[border].subarray(0, n * d), gradients: gradient, baseline: replaced }, n, first, 1);
  const lastOf = (matrix: Float32Array): Float32Array => rowOf(matrix, n - 1, matrix.length / n);
  const neurons = of('mlpPost', values.mlpPost.length / n);
  const rows: Rows = {
    values: lastOf(values.z),
    gradients: lastOf(gradients.z),
    ...(baseline && { baseline: rowOf(baseline.z, n - first - 1, values.z.length / n) }),
  };
  const attention = of('attnOut', 1);
  // The stream between the branches is what enters and what attention adds, and has the gradient of either.
  const entering = ofStream(layer, gradients.attnOut, baseline?.pre);
  return {
    layer,
    first,
    heads: of('z', nHeads),
    neurons,
    ...(block.atWork && { experts: { effects: expertEffects(block, neurons, n, block.atWork), atWork: block.atWork } }),
    replacedExperts: replacedEffects(block, n),
    attention,
    mlp: of('mlpOut', 1),
    sources: sourceEffects(block, nHeads, n, first),
    rows: products(rows, 1, 0, rows.values.length),
    residPre: ofStream(layer, preGradient, baseline?.pre),
    residMid: entering.map((effect, position) => effect + attention[position]),
    residPost: ofStream(layer + 1, postGradient, baseline?.post),
    attnGradient: lastOf(gradients.attnOut),
    mlpGradient: lastOf(gradients.mlpOut),
  };
}

/** [n,experts at work] Σ over the neurons of each; NaN for those in whose place something else is */
function expertEffects(
  { replaced }: DifferentiatedBlock,
  neurons: Float32Array,
  n: number,
  atWork: (position: number) => readonly ExpertAtWork[],
): Float32Array {
  const width = neurons.length / n;
  const rows = Array.from({ length: n }, (_, p) => {
    const others = replaced?.at(p) ?? [];
    return atWork(p).map(({ expert, first, count }) => {
      if (others.some((other) => other.expert === expert)) return Number.NaN;
      let sum = 0;
      for (let i = p * width + first, end = i + count; i < end; i++) sum += neurons[i];
      return sum;
    });
  });
  return Float32Array.from(rows.flat());
}

/** ⟨what takes an expert's place, gradient⟩ for all of them. */
function replacedEffects({ replaced, baseline }: DifferentiatedBlock, n: number): ReplacedEffect[] {
  if (replaced === undefined || baseline !== undefined) return [];
  const { gradient, at } = replaced;
  return Array.from({ length: n }, (_, position) =>
    at(position).map(({ expert, yielded }) => ({ expert, position, effect: dot(yielded, rowOf(gradient, position, yielded.length)) })),
  ).flat();
}

/** [H,n] of the sources of the last position; NaN where nothing takes their place. */
function sourceEffects({ sources, gradients, baseline }: DifferentiatedBlock, nHeads: number, n: number, first: number): Float32Array {
  const { weights, v, patched } = sources;
  const gradient = rowOf(gradients.z, n - 1, gradients.z.length / n);
  const dHead = gradient.length / nHeads;
  const stride = v.length / n;
  const perKeyHead = nHeads / (stride / dHead);
  const effects = new Float32Array(nHeads * n).fill(Number.NaN);
  for (let head = 0; head < nHeads; head++) {
    const group = Math.floor(head / perKeyHead) * dHead;
    for (let j = first; j < n; j++) {
      const weight = weights[head * n + j];
      const replaced = baseline?.sources.subarray((head * (n - first) + j - first) * dHead);
      let sum = 0;
      for (let c = 0; c < dHead; c++) {
        sum += (weight * v[j * stride + group + c] - (replaced?.[c] ?? 0)) * gradient[head * dHead + c];
      }
      effects[head * n + j] = sum;
    }
  }
  for (const { head, source, weight, value } of patched) {
    value.forEach((x, c) => (effects[head * n + source] += weight * x * gradient[head * dHead + c]));
  }
  return effects;
}

/**
 * The effects of what lies before the first block.
 *
 * @param gradient [n,d] of the stream that enters it
 */
export function embeddingEffects(
  { embed, posEmbed, model: { dModel } }: Pick<InspectablePass, 'embed' | 'posEmbed' | 'model'>,
  { first, embeddings }: Pick<DifferentiatedPass, 'first' | 'embeddings'>,
  gradient: Float32Array,
): EmbeddingEffects {
  const n = gradient.length / dModel;
  const of = (values: Float32Array, baseline: Float32Array | undefined): Float32Array =>
    products({ values: values.subarray(0, gradient.length), gradients: gradient, baseline }, n, first, 1);
  return { embed: of(embed, embeddings?.embed), ...(posEmbed && { posEmbed: of(posEmbed, embeddings?.posEmbed) }) };
}
