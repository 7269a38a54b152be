/**
 * The backward lens (Katz, Belinkov, Geva & Wolf 2024): what a step of gradient descent would have liked the pass to say, read as
 * tokens, and what it would write into a feed-forward layer. The loss is −log p of the target at the position under study.
 */
import type { FlowGraph, ModelInfo, PromptToken, Reading } from '../format/flow-graph';
import type { FeedForwardGradients, PassGradients, QuantityAt } from '../pass/gradients';
import type { InspectablePass } from '../pass/inspectable-pass';
import { readingAt } from '../pass/reading';
import { settledTarget, shownTarget, type ResolvedTargetOptions } from '../pass/target';
import { joined, norm, orderDescending, rowOf } from '../pass/vector';

/** A vector as tokens. Only its direction is read: it enters the lens with a root mean square of 1. Null: it is 0. */
export type DirectionReading = Reading | null;

/** What the gradient of the loss says at one place. */
export interface GradientReading {
  /** Euclidean norm of ∂loss/∂h, in nats per unit of `h` */
  readonly norm: number;
  /** −∂loss/∂h, where descent would move `h`: the most likely tokens are what the place should have said more of */
  readonly reading: DirectionReading;
}

/** The gradient at one border of the blocks, from 0 (entering the first block) to L (leaving the last). */
export interface BorderGradients {
  readonly border: number;
  /** one a position, up to the one under study; later ones have no gradient */
  readonly positions: readonly GradientReading[];
}

/** What one position adds to the matrices of a feed-forward layer, for a learning rate of 1. */
export interface PositionUpdate {
  readonly position: number;
  /** what the first matrices are taught to recognize: the layer's input there, which neurons get a multiple of */
  readonly imprint: {
    /** Frobenius norm of what is added to the first matrix, and to the gate's */
    readonly strength: number;
    readonly reading: DirectionReading;
  };
  /** what the last matrix is taught to say: the direction that the layer's output is shifted in */
  readonly shift: {
    /** Frobenius norm of what is added to the last matrix */
    readonly strength: number;
    readonly reading: DirectionReading;
  };
}

/** A vector that is added to one neuron. */
export interface NeuronVector {
  readonly norm: number;
  readonly reading: DirectionReading;
}

/** What all positions together add to one neuron, for a learning rate of 1. */
export interface NeuronUpdate {
  readonly neuron: number;
  /** Euclidean norm of all that is added to its vectors */
  readonly strength: number;
  /** to its key, the column of the first matrix */
  readonly key: NeuronVector;
  /** to its column of the gate's matrix; absent without a gate */
  readonly gate?: NeuronVector;
  /** to its value, the row of the last matrix */
  readonly value: NeuronVector;
}

/** What one step of gradient descent, with a learning rate of 1, adds to the matrices of a feed-forward layer. */
export interface FeedForwardUpdate {
  /** how many positions add something: no update has a larger rank */
  readonly rank: number;
  /** Frobenius norms of what is added to the first matrix, the gate's and the last */
  readonly norms: { readonly up: number; readonly gate?: number; readonly down: number };
  /** up to the position under study */
  readonly positions: readonly PositionUpdate[];
  /** those that change most, strongest first */
  readonly neurons: readonly NeuronUpdate[];
}

/** Gradients within one block. */
export interface LayerGradients {
  readonly layer: number;
  /** of what attention, and the feed-forward layer, add to the stream; one a position, up to the one under study */
  readonly attnOut: readonly GradientReading[];
  readonly mlpOut: readonly GradientReading[];
  readonly update: FeedForwardUpdate;
}

/** The answer of the `backwardLens` call. */
export interface BackwardLens {
  readonly schema: 'visit.backward-lens/1';
  readonly model: ModelInfo;
  readonly prompt: string;
  readonly tokens: readonly PromptToken[];
  readonly position: number;
  readonly target: FlowGraph['target'];
  /** −log p of the target at the position, in nats */
  readonly loss: number;
  /** why the gradient is next to nothing everywhere; see `PassGradients.saturated` */
  readonly saturated?: 'softmax' | 'soft-cap';
  /** all borders; where a layer is looked into, those around it */
  readonly stream: readonly BorderGradients[];
  /** absent: none is looked into */
  readonly layer?: LayerGradients;
}

/** What decides the answer besides model and prompt. */
export interface BackwardLensOptions extends Omit<ResolvedTargetOptions, 'against'> {
  /** block that is looked into; null: none */
  readonly layer: number | null;
  /** length of every token list */
  readonly tokens: number;
  /** neurons whose updates are read */
  readonly neurons: number;
}

/**
 * Reads the gradients of a pass, and what they would write into one feed-forward layer. One backward pass, one batch of the lens.
 *
 * @param differentiate the backward pass
 * @throws Problem `cancelled`, `out-of-memory`, `memory-low`, `weights-invalid`
 */
export async function readBackwardLens(
  pass: InspectablePass,
  options: BackwardLensOptions,
  differentiate: (at: QuantityAt) => Promise<PassGradients>,
): Promise<BackwardLens> {
  const { position, layer } = options;
  const { nLayers } = pass.model;
  const target = await settledTarget(pass, options);
  const gradients = await differentiate({ of: { kind: 'log-probability', id: target.id }, position });
  const rows = new Rows(pass.model.dModel);
  // The gradient of log p is that of −loss.
  const borders = layer === null ? Array.from({ length: nLayers + 1 }, (_, border) => border) : [layer, layer + 1];
  const stream = borders.map((border) => ({ border, positions: rows.eachOf(gradients.stream[border], position + 1) }));
  const inside = layer === null ? null : await layerRows(gradients, { ...options, layer }, rows);
  const final = rowOf(pass.stream[nLayers], position, pass.model.dModel);
  const batch = await pass.read(joined([final, ...rows.scaled]), { target, k: options.tokens, position });
  const read = (row: number | null): DirectionReading => (row === null ? null : readingAt(batch, row + 1, pass));
  const readAll = (found: readonly Row[]): GradientReading[] => found.map(({ norm: size, row }) => ({ norm: size, reading: read(row) }));
  return {
    schema: 'visit.backward-lens/1',
    model: pass.model,
    prompt: pass.prompt,
    tokens: pass.tokens,
    position,
    target: await shownTarget(pass, options, target, readingAt(batch, 0, pass).target),
    loss: -gradients.value,
    ...(gradients.saturated && { saturated: gradients.saturated }),
    stream: stream.map(({ border, positions }) => ({ border, positions: readAll(positions) })),
    ...(inside && {
      layer: {
        layer: inside.layer,
        attnOut: readAll(inside.attnOut),
        mlpOut: readAll(inside.mlpOut),
        update: readUpdate(inside.update, read),
      },
    }),
  };
}

/** A vector that is to be read. */
interface Row {
  readonly norm: number;
  /** where it is in the batch; null: there is nothing to read */
  readonly row: number | null;
}

/** Collects what the lens is to read at once. */
class Rows {
  /** [d] each, with a root mean square of 1: gradients are small, and the final norm's epsilon would count beside them */
  readonly scaled: Float32Array[] = [];

  constructor(private readonly width: number) {}

  add(x: Float32Array): Row {
    const size = norm(x);
    if (size === 0) return { norm: size, row: null };
    const factor = Math.sqrt(this.width) / size;
    this.scaled.push(x.map((value) => value * factor));
    return { norm: size, row: this.scaled.length - 1 };
  }

  /** The first rows of a matrix. */
  eachOf(matrix: Float32Array, count: number): Row[] {
    return Array.from({ length: count }, (_, i) => this.add(rowOf(matrix, i, this.width)));
  }
}

/** An update whose vectors wait to be read. */
type UnreadUpdate = ReturnType<typeof updateRows>;

async function layerRows(gradients: PassGradients, options: BackwardLensOptions & { readonly layer: number }, rows: Rows) {
  const { layer, position } = options;
  const { attnOut, mlpOut } = await gradients.block(layer);
  const feedForward = await gradients.feedForward(layer);
  return {
    layer,
    attnOut: rows.eachOf(attnOut, position + 1),
    mlpOut: rows.eachOf(mlpOut, position + 1),
    update: updateRows(feedForward, options, rows),
  };
}

function updateRows(feedForward: FeedForwardGradients, { position, neurons }: BackwardLensOptions, rows: Rows) {
  const { read, coefficients, up, gate, down, neuronNorms } = feedForward;
  const width = neuronNorms.up.length;
  const inputs = rows.eachOf(read, position + 1);
  const shifts = rows.eachOf(down, position + 1);
  const sizeAt = (matrix: Float32Array | undefined, i: number): number => (matrix ? norm(rowOf(matrix, i, width)) : 0);
  const positions = inputs.map((input, i) => ({
    position: i,
    imprint: { strength: input.norm * Math.hypot(sizeAt(up, i), sizeAt(gate, i)), row: input.row },
    shift: { strength: sizeAt(coefficients, i) * shifts[i].norm, row: shifts[i].row },
  }));
  const strengths = neuronNorms.up.map((size, n) => Math.hypot(size, neuronNorms.gate?.[n] ?? 0, neuronNorms.down[n]));
  const strongest = orderDescending(strengths)
    .slice(0, neurons)
    .filter((n) => strengths[n] > 0);
  return {
    rank: positions.filter(({ imprint, shift }) => imprint.strength > 0 || shift.strength > 0).length,
    norms: { up: norm(neuronNorms.up), ...(neuronNorms.gate && { gate: norm(neuronNorms.gate) }), down: norm(neuronNorms.down) },
    positions,
    neurons: strongest.map((neuron) => ({
      neuron,
      strength: strengths[neuron],
      key: rows.add(columnSum(read, up, neuron, width)),
      ...(gate && { gate: rows.add(columnSum(read, gate, neuron, width)) }),
      value: rows.add(columnSum(down, coefficients, neuron, width)),
    })),
  };
}

/** Σ over positions of a row of `vectors` [T,d] times the neuron's number in `factors` [T,F]. */
function columnSum(vectors: Float32Array, factors: Float32Array, neuron: number, width: number): Float32Array {
  const count = factors.length / width;
  const d = vectors.length / count;
  const sum = new Float64Array(d);
  for (let i = 0; i < count; i++) {
    const factor = factors[i * width + neuron];
    if (factor !== 0) rowOf(vectors, i, d).forEach((x, c) => (sum[c] += factor * x));
  }
  return Float32Array.from(sum);
}

function readUpdate({ positions, neurons, ...sizes }: UnreadUpdate, read: (row: number | null) => DirectionReading): FeedForwardUpdate {
  const vector = ({ norm: size, row }: Row): NeuronVector => ({ norm: size, reading: read(row) });
  return {
    ...sizes,
    positions: positions.map(({ position, imprint, shift }) => ({
      position,
      imprint: { strength: imprint.strength, reading: read(imprint.row) },
      shift: { strength: shift.strength, reading: read(shift.row) },
    })),
    neurons: neurons.map(({ neuron, strength, key, gate, value }) => ({
      neuron,
      strength,
      key: vector(key),
      ...(gate && { gate: vector(gate) }),
      value: vector(value),
    })),
  };
}
