/**
 * LoRA of bare parameters (`target_parameters` of PEFT): the matrices of all experts of a block are one parameter, and the updates of all of
 * them are two matrices, A [E·rank, inputs] and B [outputs, rank·E], in whose columns experts alternate.
 * `ParamWrapper` in https://github.com/huggingface/peft/blob/main/src/peft/tuners/lora/layer.py
 */
import type { StoredTensor } from '../checkpoint';
import type { JsonObject } from '../json';
import { inStack } from '../layer-parts';
import type { DenseStorage, Permuted } from '../storage';
import type { LoraSettings } from './settings';

/** A tensor of the base that is updated; of which expert and which part of its outputs, where it is not a whole stack. */
interface Updated {
  readonly tensor: StoredTensor;
  readonly at?: { readonly expert: number; readonly part: number };
}

/** A parameter: a stack of the matrices of all experts, or, in the base, these matrices one by one. */
interface Target {
  /** what the parameter is called, with its module */
  readonly name: string;
  readonly experts: number;
  /** of the matrices that the parameter holds */
  readonly outputs: number;
  readonly inputs: number;
  /** tensors that the outputs of an expert are shared among, where they are stored one by one; and whether they alternate in the parameter */
  readonly parts: number;
  readonly alternate: boolean;
  readonly tensors: readonly Updated[];
}

/** Both matrices of an update as PEFT saves them; they are dense. */
interface Halves {
  readonly A: StoredTensor;
  readonly B: StoredTensor;
}

/** Types of models whose experts transformers stores as [inputs, outputs]. */
const STORED_TRANSPOSED: readonly unknown[] = ['gpt_oss'];

/** An update of a stack: of which parameter, its tensors, and what each updated tensor is given. */
export interface StackUpdate {
  readonly name: string;
  readonly rank: number;
  readonly added: readonly StoredTensor[];
  readonly updated: readonly { readonly tensor: StoredTensor; readonly down: string; readonly up: string }[];
}

/**
 * What a layer of an adapter updates of the parameters that it aims at; none where it fits none of them, or several.
 * @param find a tensor of the base by its name
 * @param layer its name in the adapter: where several parameters of a module are updated, each wraps the one before it
 */
export function updateOfStack(
  find: (name: string) => StoredTensor | undefined,
  config: JsonObject,
  { target_parameters: targets, peft_version: version, r, rank_pattern: ranks }: LoraSettings,
  layer: string,
  { A, B }: Halves,
): StackUpdate | undefined {
  if (A.shape.length !== 2 || B.shape.length !== 2 || A.shape[0] === 0 || A.shape[0] !== B.shape[1]) return undefined;
  const module = layer.replace(/(\.base_layer)+$/, '');
  const isTransposed = STORED_TRANSPOSED.includes(config['model_type']);
  const names = new Set((targets ?? []).map((target) => `${module}.${target.split('.').at(-1) ?? target}`));
  const aimed = [...names].filter((name) => targets?.some((target) => name === target || name.endsWith(`.${target}`)));
  const fitting = aimed
    .flatMap((name) => targetOf(find, name, isTransposed) ?? [])
    .flatMap((target) => {
      const straight = target.outputs === B.shape[0] && target.inputs === A.shape[1];
      const turned = !isTransposed && target.inputs === B.shape[0] && target.outputs === A.shape[1];
      // PEFT before 0.19 took the first axis after the experts for that of inputs, whatever it is.
      const isTurned = turned && isBefore(version, 0, 19);
      const isOfRank = [r, ...Object.values(ranks ?? {})].includes(A.shape[0] / target.experts);
      return (straight || isTurned) && isOfRank ? [{ target, isTurned }] : [];
    });
  const [{ target, isTurned } = { target: undefined, isTurned: false }] = fitting;
  return target === undefined || fitting.length > 1 ? undefined : updateOf(target, { A, B }, isTurned);
}

function updateOf({ name, experts, parts, inputs, outputs, alternate, tensors }: Target, { A, B }: Halves, isTurned: boolean): StackUpdate {
  const rank = A.shape[0] / experts;
  const seen = ({ storage }: StoredTensor, called: string, shape: readonly number[], permuted?: Permuted): StoredTensor => ({
    name: called,
    shape,
    storage: { ...(storage as DenseStorage), ...(permuted && { permuted }) },
  });
  const length = outputs / parts;
  const shape = tensors[0].at === undefined ? [experts, outputs, rank] : [experts, parts, length, rank];
  // The axis of outputs as two: of the parts that have tensors of their own, and of the outputs of each.
  const axis = alternate ? [length, parts] : [parts, length];
  const [part, own] = alternate ? [1, 0] : [0, 1];
  const down = isTurned
    ? seen(B, `${B.name} as A`, [experts, rank, inputs], { shape: [inputs, rank, experts], axes: [2, 1, 0] })
    : seen(A, A.name, [experts, rank, inputs]);
  const up = isTurned
    ? seen(A, `${A.name} as B`, shape, { shape: [experts, rank, ...axis], axes: [0, 2 + part, 2 + own, 1] })
    : seen(B, `${B.name} as B`, shape, { shape: [...axis, rank, experts], axes: [3, part, own, 2] });
  const updated = tensors.map(({ tensor, at }) =>
    at === undefined
      ? { tensor, down: down.name, up: up.name }
      : { tensor, down: inStack(down.name, at.expert), up: inStack(inStack(up.name, at.expert), at.part) },
  );
  return { name, rank, added: [down, up], updated };
}

/** The parameter of a name, in whichever tensors the base has it. */
function targetOf(find: (name: string) => StoredTensor | undefined, name: string, isTransposed: boolean): Target | undefined {
  const stack = find(name);
  if (stack !== undefined) {
    const [experts, a, b] = stack.shape;
    if (stack.shape.length !== 3) return undefined;
    // What is packed is packed as [outputs, inputs].
    const [outputs, inputs] = isTransposed && stack.storage.kind !== 'packed' ? [b, a] : [a, b];
    return { name, experts, outputs, inputs, parts: 1, alternate: false, tensors: [{ tensor: stack }] };
  }
  const [, module = '', parameter = ''] = /^(.*)\.(\w+)$/.exec(name) ?? [];
  const layers = MATRICES[parameter];
  if (layers === undefined) return undefined;
  const ofExpert = (expert: number) => layers.map((layer) => find(`${module}.${expert}.${layer}.weight`));
  const tensors: Updated[] = [];
  let expert = 0;
  for (let found = ofExpert(0); found.every((tensor) => tensor !== undefined); found = ofExpert(++expert))
    for (const [part, tensor] of found.entries()) tensors.push({ tensor, at: { expert, part } });
  const [outputs = 0, inputs = 0] = ofExpert(0)[0]?.shape ?? [];
  if (expert === 0) return undefined;
  return { name, experts: expert, outputs: layers.length * outputs, inputs, parts: layers.length, alternate: isTransposed, tensors };
}

/** The matrices that each expert has instead, one after the other by outputs. */
const MATRICES: Readonly<Record<string, readonly string[] | undefined>> = {
  gate_up_proj: ['gate_proj', 'up_proj'],
  down_proj: ['down_proj'],
};

/** Whether a version comes before another one; one that is not said is old. */
function isBefore(version: string | null | undefined, ...other: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  return major < other[0] || (major === other[0] && minor < other[1]);
}
