/** What an adapter changes of a model, and the model without some of it. */
import { MATRIX_NAMES, type AdaptedMatrix } from '../../core/format/adapted';
import type { AdapterInfo } from '../../core/format/adapter-info';
import type { StoredTensor } from '../checkpoint/checkpoint';
import { isMixture, type BlockSpec, type MlpSpec, type ModelSpec } from './model-spec';

type Weights = ReadonlyMap<string, StoredTensor>;

/** A model as it is without its adapter: what of it other tensors take the place of is read from these. */
export interface UnadaptedModel {
  readonly spec: ModelSpec;
  /** tensors that the adapted model does not read */
  readonly more: Weights;
}

/** A base beside the same model with its adapter, whose tensors both of them read; only what was replaced as a whole has another name. */
export function unadapted(base: { readonly spec: ModelSpec; readonly weights: Weights }, adapted: Weights): UnadaptedModel {
  const isSame = (tensor: StoredTensor): boolean => {
    const other = adapted.get(tensor.name);
    return other !== undefined && JSON.stringify([other.shape, other.storage]) === JSON.stringify([tensor.shape, tensor.storage]);
  };
  const more = new Map<string, StoredTensor>();
  const names = new Map<string, string>();
  for (const [name, tensor] of base.weights) {
    if (isSame(tensor)) continue;
    const own = adapted.has(name) ? `${name} of the base` : name;
    names.set(name, own);
    more.set(own, { ...tensor, name: own });
  }
  return { spec: asStored(renamed(base.spec, names), adapted), more };
}

/** Names of the matrices of a block, and the parts of its spec that they are. */
const PARTS: Readonly<Record<AdaptedMatrix, (block: BlockSpec) => readonly unknown[]>> = {
  W_Q: ({ attention }) => [attention.q, attention.qBottleneck],
  // Keys and values are made of one bottleneck.
  W_K: ({ attention }) => [attention.k, attention.kvBottleneck, attention.sharedKey],
  W_V: ({ attention }) => [attention.v, attention.kvBottleneck],
  W_O: ({ attention }) => [attention.o],
  W_gate: ({ mlp }) => layersOf(mlp).flatMap(({ gate }) => gate ?? []),
  W_in: ({ mlp }) => layersOf(mlp).map(({ up }) => up),
  W_out: ({ mlp }) => layersOf(mlp).map(({ down }) => down),
  router: ({ mlp }) => (isMixture(mlp) ? [mlp.router.layer, ...(mlp.shared?.gate ? [mlp.shared.gate] : [])] : []),
};

function layersOf(mlp: BlockSpec['mlp']): readonly MlpSpec[] {
  return isMixture(mlp) ? [...mlp.experts, ...(mlp.shared ? [mlp.shared.mlp] : [])] : [mlp];
}

/** A block whose matrices of these names are meant as they are stored. */
export function withoutUpdatesOf(block: BlockSpec, matrices: ReadonlySet<AdaptedMatrix>, weights: Pick<Weights, 'get'>): BlockSpec {
  const off = new Set([...matrices].flatMap((matrix) => PARTS[matrix](block)));
  return mapped(block, (part) => (off.has(part) ? asStored(part, weights) : null));
}

/** What an adapter changes, in short; undefined where none is applied. @param replaced names of what was trained as a whole */
export function adapterInfo(
  adapter: { readonly kind: string; readonly appliedTo?: string } | undefined,
  { blocks }: ModelSpec,
  weights: Weights,
  replaced: readonly string[],
): AdapterInfo | undefined {
  if (adapter?.appliedTo === undefined) return undefined;
  const found = new Map<string, { matrix: AdaptedMatrix; layers: number[]; rank: number; summand?: true }>();
  const inBlocks = new Set<string>();
  for (const [layer, block] of blocks.entries()) {
    for (const matrix of MATRIX_NAMES) {
      const tensors = tensorsOf(PARTS[matrix](block)).filter((tensor) => weights.get(tensor)?.update !== undefined);
      for (const tensor of tensors) inBlocks.add(tensor);
      const ranks = tensors.map((tensor) => weights.get(weights.get(tensor)?.update?.down ?? '')?.shape[0] ?? 0);
      if (ranks.length === 0) continue;
      const rank = Math.max(...ranks);
      const isSummand = matrix === 'W_O' || (matrix === 'W_out' && !isMixture(block.mlp));
      const key = `${matrix} ${rank} ${isSummand}`;
      const known = found.get(key) ?? { matrix, layers: [], rank, ...(isSummand && { summand: true as const }) };
      found.set(key, known);
      known.layers.push(layer);
    }
  }
  const outside = [...weights.values()].filter(({ name, update }) => update !== undefined && !inBlocks.has(name)).map(({ name }) => name);
  const others = [...outside, ...replaced];
  return { kind: adapter.kind, base: adapter.appliedTo, matrices: [...found.values()], ...(others.length > 0 && { others }) };
}

/** A part of a spec whose updated matrices are meant as they are stored. */
function asStored<T>(part: T, weights: Pick<Weights, 'get'>): T {
  return mapped(part, (found) =>
    isMatrix(found) && weights.get(found.tensor)?.update !== undefined ? { ...found, asStored: true as const } : null,
  );
}

/** A spec whose tensors have other names. */
function renamed<T>(part: T, names: ReadonlyMap<string, string>): T {
  return mapped(part, (found) => {
    const name = hasTensor(found) ? names.get(found.tensor) : undefined;
    return name === undefined ? null : { ...(found as object), tensor: name };
  });
}

const hasTensor = (part: unknown): part is { readonly tensor: string } =>
  typeof part === 'object' && part !== null && 'tensor' in part && typeof part.tensor === 'string';
const isMatrix = (part: unknown): part is { readonly tensor: string } => hasTensor(part) && 'layout' in part;

function tensorsOf(parts: readonly unknown[]): string[] {
  const names: string[] = [];
  mapped(parts, (part) => {
    if (isMatrix(part)) names.push(part.tensor);
    return null;
  });
  return names;
}

/** A copy of plain data in which some objects are others. @param change null: what is within is looked at */
function mapped<T>(part: T, change: (part: unknown) => unknown): T {
  const changed = change(part);
  if (changed !== null) return changed as T;
  if (Array.isArray(part)) return part.map((each: unknown) => mapped(each, change)) as T;
  if (typeof part !== 'object' || part === null || ArrayBuffer.isView(part)) return part;
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, mapped(value as unknown, change)])) as T;
}
