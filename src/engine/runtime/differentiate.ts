/** Goes back through a pass block by block, with what the blocks computed beside the gradients: one run of a graph gives both. */
import type { Baseline, BaselinePass, BlockBaseline, DifferentiatedBlock, DifferentiatedPass, ReadSources } from '../../core/pass/effects';
import type { QuantityAt } from '../../core/pass/gradients';
import type { InspectablePass } from '../../core/pass/inspectable-pass';
import type { CallContext } from '../../core/call-context';
import { stopIfCancelled } from '../../core/cancel';
import { Problem } from '../../core/problem';
import { attentionWidths, isMixture, type FeedForwardSpec } from '../../model/architecture/model-spec';
import type { ModelGraphs } from '../onnx/model-graphs';
import { keyValueHeadOf } from '../onnx/heads';
import { floats, type Results } from '../onnx/session-pool';
import { expertsAtWork } from './experts-at-work';
import { checkFinite, checkQuantity, finalGradient, quantityAt, throughBlock, type DifferentiablePass } from './gradients';
import { MeanRows } from './mean-rows';

/** What a pass must offer. */
type EditablePass = InspectablePass & DifferentiablePass;

/** Outputs of the graph; see `buildDifferentiatedBlockGraph`. */
const GRADIENTS = ['z', 'mlp_post', 'attn_out', 'mlp_out', 'grad_pre'];
const VALUES = ['value_z', 'value_v', 'value_mlp_post', 'value_attn_out', 'value_mlp_out', 'value_pattern'];

/** See `InspectablePass.differentiate`. */
export async function differentiate(
  graphs: ModelGraphs,
  pass: EditablePass,
  at: QuantityAt,
  baseline: Baseline,
  context: CallContext,
): Promise<DifferentiatedPass> {
  checkQuantity(graphs.spec, pass, at);
  stopIfCancelled(context);
  const others = partnersOf(baseline, pass, at.position);
  const { value, saturated, row } = await quantityAt(graphs, pass.stream, at);
  const gradient = finalGradient(row, pass.stream, at);
  const rows = at.position + 1;
  const first = others === null ? 0 : rows - Math.max(...others.map((other) => Math.min(rows, other.rows)));
  const meanOf = (matrix: (other: BaselinePass) => Float32Array) => meanOfRows(others ?? [], rows, graphs.spec.dModel, matrix);
  return {
    value,
    ...(saturated && { saturated }),
    first,
    ...(others && {
      embeddings: {
        embed: meanOf(({ embed }) => embed),
        ...(pass.posEmbed && { posEmbed: meanOf(({ posEmbed }) => posEmbed ?? new Float32Array(0)) }),
      },
    }),
    blocks: (downTo) => differentiatedBlocks(graphs, pass, { others, first, rows, gradient, downTo }, context),
  };
}

/** Another prompt whose values take the place of the pass's: its first `rows` positions, the last of which is the partner of the one under study. */
interface Partner {
  readonly pass: BaselinePass;
  readonly rows: number;
}

/** @throws Problem `no-such-component` when no prompt is long enough to have a partner of the position */
function partnersOf(baseline: Baseline, { tokens }: InspectablePass, position: number): readonly Partner[] | null {
  if (baseline.kind === 'zero') return null;
  const passes = baseline.kind === 'twin' ? [baseline.pass] : baseline.passes;
  const partners = passes.map((pass) => ({ pass, rows: position + 1 - tokens.length + pass.tokens.length })).filter(({ rows }) => rows > 0);
  if (partners.length > 0) return partners;
  throw new Problem(
    'no-such-component',
    baseline.kind === 'twin'
      ? `The twin prompt is too short: aligned from the end, none of its tokens (${passes[0].tokens.length}) corresponds to position ${position}.`
      : `The prompts of the mean are too short: aligned from the end, none of their tokens corresponds to position ${position}.`,
    'Use longer prompts, or a position nearer to the end.',
  );
}

async function* differentiatedBlocks(
  graphs: ModelGraphs,
  pass: EditablePass,
  walk: {
    readonly others: readonly Partner[] | null;
    readonly first: number;
    readonly rows: number;
    /** [T,d] of the final stream */
    readonly gradient: Float32Array;
    readonly downTo: number;
  },
  context: CallContext,
): AsyncGenerator<DifferentiatedBlock, void, undefined> {
  const { others, first, rows, gradient, downTo } = walk;
  const { blocks, dModel: d } = graphs.spec;
  let postGradient = gradient.subarray(0, rows * d);
  for (let layer = blocks.length - 1; layer >= downTo; layer--) {
    stopIfCancelled(context);
    const done = blocks.length - 1 - layer;
    context.report({ message: `gradient of block ${layer + 1} of ${blocks.length}`, done, total: blocks.length - downTo });
    const edit = pass.edits.get(layer);
    const replaced = edit?.replacesExperts === true;
    const wanted = [...GRADIENTS, ...VALUES, ...routingOutputs(blocks[layer].mlp), ...(replaced ? ['mlp_yielded'] : [])];
    const results = await throughBlock(graphs, pass, { of: 'block and values', layer, rows, wanted }, postGradient);
    const preGradient = results.floats('grad_pre');
    // Whatever is not finite within the block has reached the stream that enters it: all its gradients are summed up in this one.
    checkFinite(preGradient, `block ${layer}`);
    const { mlp } = blocks[layer];
    const atWork = isMixture(mlp) ? expertsAtWork(mlp, results, 'value_') : undefined;
    const baseline = others && (await baselineOf(graphs, others, layer, { rows, first, atWork }, context));
    yield {
      layer,
      values: tensorsOf(results, 'value_'),
      sources: await sourcesOf(results, pass, layer, rows),
      gradients: tensorsOf(results, ''),
      postGradient,
      preGradient,
      ...(baseline && { baseline }),
      ...(atWork && { atWork }),
      ...(replaced && {
        replaced: { gradient: results.floats('mlp_yielded'), at: (position: number) => edit.expertsAt(position, atWork?.(position) ?? []) },
      }),
    };
    postGradient = preGradient;
  }
}

function tensorsOf(results: Results, prefix: '' | 'value_') {
  const of = (name: string) => results.floats(`${prefix}${name}`);
  return { z: of('z'), mlpPost: of('mlp_post'), attnOut: of('attn_out'), mlpOut: of('mlp_out') };
}

/** What the heads of the last of the rows read; where the block is changed, as its state there tells. */
async function sourcesOf(results: Results, pass: EditablePass, layer: number, rows: number): Promise<ReadSources> {
  const v = results.floats('value_v');
  const edit = pass.edits.get(layer);
  if (edit === undefined) return { weights: results.floats('value_pattern'), v, patched: [] };
  const position = rows - 1;
  const { attention } = await pass.block(layer, position);
  const all = attention.weights ?? attention.pattern;
  const heads = pass.model.nHeads;
  const T = all.length / heads;
  const weights = new Float32Array(heads * rows);
  for (let head = 0; head < heads; head++) weights.set(all.subarray(head * T, head * T + rows), head * rows);
  const patched = edit.sourcesAt(position).flatMap(({ head, source, patched: by }) => {
    const at = head * rows + source;
    const weight = weights[at];
    weights[at] = 0;
    return by ? [{ head, source, weight, value: by.value }] : [];
  });
  return { weights, v, patched };
}

/** What takes the place of a block's tensors, one prompt after the other in memory. */
async function baselineOf(
  graphs: ModelGraphs,
  others: readonly Partner[],
  layer: number,
  { rows, first, atWork }: { readonly rows: number; readonly first: number; readonly atWork: ExpertsAtWork | undefined },
  context: CallContext,
): Promise<BlockBaseline> {
  const { attention, mlp } = graphs.spec.blocks[layer];
  const d = graphs.spec.dModel;
  const { nHeads } = attention;
  const { dValue, v: stride, z: readWidth } = attentionWidths(attention);
  const mean = (width: number) => new MeanRows(rows - first, width);
  const [z, mlpPost] = [mean(readWidth), mean(mlp.dMlp)];
  const [attnOut, mlpOut, pre, post] = [mean(d), mean(d), mean(d), mean(d)];
  const sources = Array.from({ length: nHeads }, () => mean(dValue));
  for (const { pass, rows: n } of others) {
    stopIfCancelled(context);
    const feeds = { resid_pre: floats(pass.stream[layer].subarray(0, n * d), [n, d]), ...graphs.positions(layer, n, pass.tokens.length) };
    const block = await graphs.block(layer, 'values', (run) => run(feeds));
    z.add(block.floats('z'));
    mlpPost.add(ofSameNeurons(block, mlp, { rows, n, atWork }));
    attnOut.add(block.floats('attn_out'));
    mlpOut.add(block.floats('mlp_out'));
    pre.add(pass.stream[layer].subarray(0, n * d));
    post.add(pass.stream[layer + 1].subarray(0, n * d));
    const [pattern, v] = [block.floats('pattern'), block.floats('v')];
    keyValueHeadOf(attention).forEach((group, head) => {
      const read = new Float32Array(n * dValue);
      for (let j = 0; j < n; j++) {
        const weight = pattern[head * n + j];
        for (let c = 0; c < dValue; c++) read[j * dValue + c] = weight * v[j * stride + group * dValue + c];
      }
      sources[head].add(read);
    });
  }
  const read = new Float32Array((rows - first) * readWidth);
  sources.forEach((head, h) => read.set(head.rows(), h * (rows - first) * dValue));
  return {
    first,
    z: z.rows(),
    mlpPost: mlpPost.rows(),
    attnOut: attnOut.rows(),
    mlpOut: mlpOut.rows(),
    sources: read,
    pre: pre.rows(),
    post: post.rows(),
  };
}

type ExpertsAtWork = NonNullable<DifferentiatedBlock['atWork']>;

/** What says which experts are at work. */
function routingOutputs(mlp: FeedForwardSpec): string[] {
  if (!isMixture(mlp)) return [];
  return ['value_experts', 'value_expert_weights', ...(mlp.shared ? ['value_shared_weight'] : [])];
}

/**
 * [n,F] what the neurons that are at work in this pass come to in another one, aligned from the end: 0 where their expert was not chosen there.
 * Rows without a partner are those of a longer prompt's start, which nothing reads.
 */
function ofSameNeurons(
  other: Results,
  mlp: FeedForwardSpec,
  { rows, n, atWork }: { readonly rows: number; readonly n: number; readonly atWork: ExpertsAtWork | undefined },
): Float32Array {
  const found = other.floats('mlp_post');
  if (!isMixture(mlp) || atWork === undefined) return found;
  const otherAtWork = expertsAtWork(mlp, other);
  const same = new Float32Array(found.length);
  for (let row = Math.max(0, n - rows); row < n; row++) {
    const there = otherAtWork(row);
    for (const { expert, first, count } of atWork(row + rows - n)) {
      const partner = there.find((each) => each.expert === expert);
      if (partner === undefined) continue;
      const at = row * mlp.dMlp;
      same.set(found.subarray(at + partner.first, at + partner.first + count), at + first);
    }
  }
  return same;
}

/** The mean of some rows of other passes, from the first position that any has. */
function meanOfRows(others: readonly Partner[], rows: number, width: number, matrix: (other: BaselinePass) => Float32Array): Float32Array {
  const mean = new MeanRows(Math.max(0, ...others.map((other) => Math.min(rows, other.rows))), width);
  for (const { pass, rows: n } of others) mean.add(matrix(pass).subarray(0, n * width));
  return mean.rows();
}
