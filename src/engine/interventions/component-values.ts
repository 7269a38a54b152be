/** What a component is in a pass, read off the tensors of its block. */
import { componentInWords, partName, type Activation, type ExpertName } from '../../core/format/component';
import { positionsOf } from '../../core/format/positions';
import { rowOf } from '../../core/pass/vector';
import { assertNever, Problem } from '../../core/problem';
import {
  allNeurons,
  attentionWidths,
  expertWidth,
  isMixture,
  type BlockSpec,
  type FeedForwardSpec,
  type MixtureSpec,
} from '../../model/architecture/model-spec';
import type { EditedTensor } from '../onnx/edits';
import { keyValueHeadOf } from '../onnx/heads';
import { isChosenNeuron, type NeuronRows } from './chosen-neuron';

/** What an `experts` graph tells of experts at work. */
type OfExperts = 'experts' | 'expert_weights' | 'shared_weight' | 'expert_written';

/** What a block computed on a prompt of T' tokens. */
export interface BlockTensors {
  /** T' */
  readonly positions: number;
  /** Tensors of the block's graph: those that are edited, [T',width]; v [T',G·k]; pattern [H,T',T']. */
  readonly tensor: (name: EditedTensor | 'v' | 'pattern' | OfExperts) => Float32Array;
  /** what neurons of its experts write, if such are read */
  readonly rows: NeuronRows;
}

/**
 * Values of a component by position: z_h [k] of a head, one coefficient of a neuron, [d] of a whole branch; of a source of a head its
 * probability, then its value [1 + k]; of a neuron of an expert that is chosen its
 * coefficient, then what it writes with that; of an expert its weight, then what it writes with that, before a norm or multiplier that
 * follows [1 + d]: all 0 where it was not chosen.
 */
export type ComponentValues = ReadonlyMap<number, Float32Array>;

/** A component of this block, and where in a prompt of `length` tokens it is changed. */
export interface PlacedComponent {
  readonly component: Activation;
  /** ascending; of a source those of its readers */
  readonly positions: readonly number[];
  readonly length: number;
}

/** Columns of an edited tensor. */
export interface Columns {
  readonly name: EditedTensor;
  readonly column: number;
  readonly count: number;
}

/**
 * Where a component is changed in a prompt.
 *
 * @param studied the position where a source is changed that names no readers
 * @throws Problem `position-out-of-range`
 */
export function placed(component: Activation, length: number, studied: number): PlacedComponent {
  const ranges = component.positions ?? (component.kind === 'source' ? [{ from: studied, to: studied }] : [{ from: 0, to: -1 }]);
  return { component, positions: positionsOf(ranges, length), length };
}

/** What of a block's tensors a component is; null for a source of a head, which is a summand of z. */
export function columnsOf({ attention, mlp }: BlockSpec, component: Activation): Columns | null {
  const d = attention.o.weight.outputs;
  switch (component.kind) {
    case 'head':
      return { name: 'z', column: component.head * attentionWidths(attention).dValue, count: attentionWidths(attention).dValue };
    case 'neuron':
      return { name: 'mlp_post', column: neuronsOf(mlp, component.expert).first + component.neuron, count: 1 };
    case 'expert': {
      const { first, count } = neuronsOf(mlp, component.expert);
      return { name: 'mlp_post', column: first, count };
    }
    case 'attention':
      return { name: 'attn_out', column: 0, count: d };
    case 'mlp':
      return { name: 'mlp_out', column: 0, count: d };
    case 'source':
      return null;
    default:
      return assertNever(component);
  }
}

/** Where an expert's neurons begin among all of its layer, and how many it has; of a dense layer all of them. */
function neuronsOf(mlp: FeedForwardSpec, expert: ExpertName | undefined): { readonly first: number; readonly count: number } {
  if (!isMixture(mlp) || expert === undefined) return { first: 0, count: mlp.dMlp };
  const count = expertWidth(mlp.experts[0]);
  return expert === 'shared'
    ? { first: mlp.experts.length * count, count: mlp.shared ? expertWidth(mlp.shared.mlp) : 0 }
    : { first: expert * count, count };
}

/** Number of columns of a tensor that can be edited. */
export function widthOf({ attention, mlp }: BlockSpec, name: EditedTensor): number {
  switch (name) {
    case 'z':
      return attentionWidths(attention).z;
    case 'mlp_post':
      return allNeurons(mlp);
    case 'mlp_yielded':
    case 'attn_out':
    case 'mlp_out':
      return attention.o.weight.outputs;
  }
}

/** Whether another prompt, aligned from the end, has what a component is at a position. */
export function hasCounterpart({ component, length }: PlacedComponent, position: number, otherLength: number): boolean {
  const first = component.kind === 'source' ? Math.min(position, component.source) : position;
  return first - length + otherLength >= 0;
}

/** A component's values in another pass, aligned from the end; none at positions for which its prompt is too short. */
export function readValues(block: BlockSpec, from: BlockTensors, place: PlacedComponent): ComponentValues {
  const { component, positions, length } = place;
  const shift = from.positions - length;
  const values = new Map<number, Float32Array>();
  const read = valueReader(block, from, component, shift);
  for (const position of positions) {
    if (hasCounterpart(place, position, from.positions)) values.set(position, read(position + shift));
  }
  return values;
}

/** Reads what a component is at a position of the other pass. @param shift from a position to its partner there */
function valueReader(block: BlockSpec, from: BlockTensors, component: Activation, shift: number): (partner: number) => Float32Array {
  if (component.kind === 'expert') return expertReader(block.mlp, from, component.expert);
  if (component.kind === 'neuron' && isMixture(block.mlp)) return expertNeuronReader(block.mlp, from, component);
  const columns = columnsOf(block, component);
  if (columns !== null) {
    const { name, column, count } = columns;
    const [tensor, width] = [from.tensor(name), widthOf(block, name)];
    return (partner) => tensor.slice(partner * width + column, partner * width + column + count);
  }
  if (component.kind !== 'source') throw new Problem('internal', 'Only a source has no columns.');
  const { nKeyValueHeads } = block.attention;
  const { dValue } = attentionWidths(block.attention);
  const [pattern, v] = [from.tensor('pattern'), from.tensor('v')];
  const source = component.source + shift;
  const at = (source * nKeyValueHeads + keyValueHeadOf(block.attention)[component.head]) * dValue;
  return (partner) => {
    const value = new Float32Array(1 + dValue);
    value[0] = pattern[(component.head * from.positions + partner) * from.positions + source];
    value.set(v.subarray(at, at + dValue), 1);
    return value;
  };
}

/** Reads what a neuron of an expert comes to and writes: nothing where its expert is not chosen. Of a shared expert it is a column. */
function expertNeuronReader(
  mlp: MixtureSpec,
  from: BlockTensors,
  component: Activation & { kind: 'neuron' },
): (partner: number) => Float32Array {
  const [post, K, width] = [from.tensor('mlp_post'), mlp.router.chosen, expertWidth(mlp.experts[0])];
  const coefficient = (partner: number, at: number): number => post[partner * mlp.dMlp + at * width + component.neuron];
  if (!isChosenNeuron(component)) return (partner) => Float32Array.of(coefficient(partner, K));
  const [chosen, row] = [from.tensor('experts'), from.rows.get(partName(component))];
  if (row === undefined) throw new Problem('internal', `What ${componentInWords(component)} writes was not read.`);
  return (partner) => {
    const value = new Float32Array(1 + row.length);
    const at = chosen.subarray(partner * K, (partner + 1) * K).indexOf(component.expert);
    if (at === -1) return value;
    value[0] = coefficient(partner, at);
    row.forEach((x, i) => (value[1 + i] = value[0] * x));
    return value;
  };
}

/** Reads what an expert of a mixture writes. */
function expertReader(mlp: FeedForwardSpec, from: BlockTensors, expert: ExpertName): (partner: number) => Float32Array {
  if (!isMixture(mlp)) throw new Problem('internal', 'A dense layer has no experts.');
  const K = mlp.router.chosen;
  const atWork = K + (mlp.shared ? 1 : 0);
  const [chosen, weights, written] = [from.tensor('experts'), from.tensor('expert_weights'), from.tensor('expert_written')];
  const d = written.length / (from.positions * atWork);
  return (partner) => {
    const value = new Float32Array(1 + d);
    const at = expert === 'shared' ? K : chosen.subarray(partner * K, (partner + 1) * K).indexOf(expert);
    if (at === -1) return value;
    value[0] = at === K ? from.tensor('shared_weight')[partner] : weights[partner * K + at];
    value.set(rowOf(written, partner * atWork + at, d), 1);
    return value;
  };
}

/** How many prompts of a list have what a component is at a position. */
export function countAt(
  { prompts }: { readonly prompts: readonly { readonly tokens: readonly unknown[] }[] },
  place: PlacedComponent,
  position: number,
): number {
  return prompts.filter(({ tokens }) => hasCounterpart(place, position, tokens.length)).length;
}
