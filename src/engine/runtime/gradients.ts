/** The exact backward pass, block by block from the last to the first. */
import type { BlockGradients, FeedForwardGradients, PassGradients, Quantity, QuantityAt } from '../../core/pass/gradients';
import type { InspectablePass } from '../../core/pass/inspectable-pass';
import { Problem } from '../../core/problem';
import type { CallContext } from '../../core/call-context';
import { isMixture, type ModelSpec } from '../../model/architecture/model-spec';
import type { PassEdits } from '../interventions/intervene';
import { floats, indices } from '../onnx/session-pool';
import type { Feed, Results, RunGraph } from '../onnx/session-pool';
import type { BlockGradientOptions } from '../onnx/backward/block-gradient-graph';
import { stopIfCancelled } from '../../core/cancel';
import type { ModelGraphs } from '../onnx/model-graphs';

/** What gradients need to know of a pass. */
export interface DifferentiablePass extends Pick<InspectablePass, 'tokens' | 'stream'> {
  /** empty in an ordinary pass */
  readonly edits: PassEdits;
}

/** The graph's outputs for the gradients within a block. */
const PARTS: Readonly<Record<keyof BlockGradients, string>> = {
  q: 'q',
  k: 'k',
  v: 'v',
  z: 'z',
  attnOut: 'attn_out',
  mlpPost: 'mlp_post',
  mlpOut: 'mlp_out',
};

/** A quantity moves by less than this times what a logit moves by: nothing is left to be estimated. */
const NEXT_TO_NOTHING = 1e-6;

/**
 * Gradients of a quantity with respect to the stream at every border. Of a pass of T tokens the first position + 1 are gone
 * through: what comes later does not enter.
 *
 * @throws Problem `cancelled`, `out-of-memory`, `weights-invalid`
 */
export async function gradientsOf(
  graphs: ModelGraphs,
  pass: DifferentiablePass,
  at: QuantityAt,
  context: CallContext,
): Promise<PassGradients> {
  const { blocks } = graphs.spec;
  const T = pass.tokens.length;
  const rows = at.position + 1;
  checkQuantity(graphs.spec, pass, at);
  stopIfCancelled(context);
  const start = await quantityAt(graphs, pass.stream, at);
  const stream: Float32Array[] = [finalGradient(start.row, pass.stream, at)];
  for (let layer = blocks.length - 1; layer >= 0; layer--) {
    stopIfCancelled(context);
    const done = blocks.length - 1 - layer;
    context.report({ message: `gradient of block ${layer + 1} of ${blocks.length}`, done, total: blocks.length });
    const results = await throughBlock(graphs, pass, { of: 'block', layer, rows, wanted: ['grad_pre'] }, stream[0]);
    stream.unshift(padded(results.floats('grad_pre'), T, rows, layer));
  }
  return {
    ...at,
    value: start.value,
    stream,
    ...(start.saturated && { saturated: start.saturated }),
    block: async (layer): Promise<BlockGradients> => {
      stopIfCancelled(context);
      const results = await throughBlock(graphs, pass, { of: 'block', layer, rows, wanted: Object.values(PARTS) }, stream[layer + 1]);
      const of = (part: keyof BlockGradients) => padded(results.floats(PARTS[part]), T, rows, layer);
      return { q: of('q'), k: of('k'), v: of('v'), z: of('z'), attnOut: of('attnOut'), mlpPost: of('mlpPost'), mlpOut: of('mlpOut') };
    },
    feedForward: async (layer): Promise<FeedForwardGradients> => {
      stopIfCancelled(context);
      const { mlp } = blocks[layer];
      if (isMixture(mlp)) {
        throw new Problem(
          'bad-request',
          `What a step would write into the matrices of layer ${layer} is not computed: it is a mixture of experts, each with matrices of its own.`,
          'Gradients of the stream, and effects of experts and neurons, are computed for such models too.',
        );
      }
      const hasGate = mlp.gate !== undefined;
      const wanted = ['read', 'coefficients', ...(hasGate ? ['up', 'gate', 'down'] : ['up', 'down'])];
      const norms = hasGate ? ['up_norms', 'gate_norms', 'down_norms'] : ['up_norms', 'down_norms'];
      const asked = { of: 'feed-forward', layer, rows, wanted: [...wanted, ...norms] } as const;
      const results = await throughBlock(graphs, pass, asked, stream[layer + 1]);
      const of = (name: string) => padded(results.floats(name), T, rows, layer);
      const normsOf = (name: string) => results.floats(`${name}_norms`);
      return {
        read: of('read'),
        coefficients: of('coefficients'),
        up: of('up'),
        ...(hasGate && { gate: of('gate') }),
        down: of('down'),
        neuronNorms: { up: normsOf('up'), ...(hasGate && { gate: normsOf('gate') }), down: normsOf('down') },
      };
    },
  };
}

/**
 * A quantity, and the gradient of the final stream at its position: `row` [d].
 *
 * @param stream streams at the block borders, at least up to the position
 * @throws Problem `out-of-memory`, `weights-invalid` when the quantity is not a finite number
 */
export async function quantityAt(graphs: ModelGraphs, stream: readonly Float32Array[], { of, position }: QuantityAt) {
  const { dModel: d, blocks } = graphs.spec;
  const final = floats(stream[blocks.length].subarray(position * d, (position + 1) * d), [1, d]);
  const results =
    of.kind === 'logit' || of.kind === 'difference'
      ? await graphs.backward.logitsGradient((run) => run({ final, ...weightedTokens(of) }))
      : await graphs.backward.denseGradient(of.kind, (run) => run({ final, token: indices([of.id]) }));
  const [value, weight, slope] = ['value', 'weight', 'slope'].map((name) => results.floats(name)[0]);
  if (!Number.isFinite(value)) throw notFinite('the logits');
  const saturated = slope >= NEXT_TO_NOTHING ? null : weight < NEXT_TO_NOTHING ? ('softmax' as const) : ('soft-cap' as const);
  return { value, saturated, row: results.floats('gradient') };
}

/** [T,d] the gradient of the final stream, which is 0 but at the position. */
export function finalGradient(row: Float32Array, stream: readonly Float32Array[], { position }: QuantityAt): Float32Array {
  checkFinite(row, 'the final stream');
  const gradient = new Float32Array(stream[0].length);
  gradient.set(row, position * row.length);
  return gradient;
}

function weightedTokens(of: Quantity) {
  const [ids, weights] =
    of.kind === 'difference'
      ? [
          [of.id, of.against],
          [1, -1],
        ]
      : [[of.id], [1]];
  return { tokens: indices(ids), weights: floats(Float32Array.from(weights), [ids.length, 1]) };
}

/** What is wanted of a block. */
interface Asked {
  /** gradients of the block's tensors, the same and the tensors themselves, or gradients of the matrices of its feed-forward layer */
  readonly of: 'block' | 'block and values' | 'feed-forward';
  readonly layer: number;
  /** positions that are gone through */
  readonly rows: number;
  /** outputs of the graph */
  readonly wanted: readonly string[];
}

/** @param gradPost [T,d], of which the first position + 1 rows are not 0 */
export async function throughBlock(
  graphs: ModelGraphs,
  pass: DifferentiablePass,
  { of, layer, rows, wanted }: Asked,
  gradPost: Float32Array,
): Promise<Results> {
  const { dModel: d } = graphs.spec;
  const T = pass.tokens.length;
  const upTo = (x: Float32Array, n: number) => floats(x.subarray(0, n * d), [n, d]);
  const entering = (n: number) => ({ resid_pre: upTo(pass.stream[layer], n), ...graphs.positions(layer, n, T) });
  const feeds = { ...entering(rows), grad_post: upTo(gradPost, rows) };
  const edit = pass.edits.get(layer);
  const gradient = (edited: BlockGradientOptions['edited'], all: Readonly<Record<string, Feed>>): Promise<Results> => {
    const work = (run: RunGraph) => run(all, wanted);
    switch (of) {
      case 'block':
        return graphs.backward.blockGradient(layer, edited, work);
      case 'block and values':
        return graphs.backward.differentiatedBlock(layer, edited, work);
      case 'feed-forward':
        return graphs.backward.feedForwardUpdate(layer, edited, work);
    }
  };
  if (edit === undefined) return gradient('no', feeds);
  const readers = edit.readers(rows);
  if (readers.length === 0) return gradient('yes', { ...feeds, ...edit.feeds(rows) });
  const z = new Map<number, Float32Array>();
  for (const reader of readers) {
    const inspected = { ...entering(reader + 1), ...edit.feedsAt(reader) };
    z.set(reader, (await graphs.editedBlock(layer, 'inspect', (run) => run(inspected))).floats('z'));
  }
  return gradient('sources', { ...feeds, ...edit.gradientFeeds(rows, z) });
}

/** A gradient of the first `rows` of T positions, filled up with the zeros of those after them. */
function padded(found: Float32Array, T: number, rows: number, layer: number): Float32Array {
  checkFinite(found, `block ${layer}`);
  if (rows === T) return found;
  const all = new Float32Array((found.length / rows) * T);
  all.set(found);
  return all;
}

/** @throws Problem `position-out-of-range`, `token-out-of-range`, `against-itself` */
export function checkQuantity(spec: ModelSpec, { tokens }: Pick<DifferentiablePass, 'tokens'>, { of, position }: QuantityAt): void {
  if (!(Number.isInteger(position) && position >= 0 && position < tokens.length)) {
    throw new Problem(
      'position-out-of-range',
      `Position ${position} does not exist: the prompt has ${tokens.length} tokens, counted from 0.`,
      `Choose one from 0 to ${tokens.length - 1}.`,
    );
  }
  const ids = of.kind === 'difference' ? [of.id, of.against] : [of.id];
  for (const id of ids) {
    if (Number.isInteger(id) && id >= 0 && id < spec.vocabSize) continue;
    throw new Problem(
      'token-out-of-range',
      `Token ${id} does not exist: the vocabulary has ${spec.vocabSize} tokens, counted from 0.`,
      `Choose one from 0 to ${spec.vocabSize - 1}.`,
    );
  }
  if (of.kind === 'difference' && of.id === of.against) {
    throw new Problem('against-itself', `Token ${of.id} cannot be compared with itself.`, 'Choose two different tokens.');
  }
}

/** @throws Problem `weights-invalid` */
export function checkFinite(gradient: Float32Array, where: string): void {
  // A value that is not finite makes the sum NaN, and one sum is far quicker than a question of every number.
  let sum = 0;
  // oxlint-disable-next-line erasing-op -- it is not 0 for what is not finite
  for (const x of gradient) sum += x * 0;
  if (sum !== 0) throw notFinite(where);
}

/** What is said of a number that is not finite. */
export function notFinite(where: string): Problem {
  return new Problem(
    'weights-invalid',
    `The gradient at ${where} is not a finite number.`,
    'The weights may be damaged, or the values may exceed what 32-bit floats can hold.',
  );
}
