/** The tensors of a GGUF file under the names that transformers has for them, each with its bytes and in what it differs. */
import { Problem } from '../../../core/problem';
import type { StoredTensor } from '../checkpoint';
import type { BlockStorage, DenseStorage } from '../storage';
import type { GgufArchitecture, RowPart } from './architectures/architecture';
import type { GgufDescription } from './description';
import type { GgufTensor } from './header';

type GgufStorage = DenseStorage | BlockStorage;

/** @param file at which the tensor’s bytes will be mapped @returns the names alone for a type that cannot be read */
export function placeTensor(
  tensor: GgufTensor,
  file: string,
  architecture: GgufArchitecture,
  description: GgufDescription,
): { readonly names: readonly string[]; readonly tensors: readonly StoredTensor[] | null } {
  const { pattern, layer, kind } = parsed(tensor.name);
  const known = pattern !== undefined && Object.hasOwn(architecture.names, pattern);
  const base = known ? architecture.names[pattern].replace('*', layer) : undefined;
  const whole = pattern === undefined ? undefined : architecture.wholeNames?.[pattern]?.replace('*', layer);
  const name = whole ?? (base === undefined ? tensor.name : `${base}.${kind}`);
  const parts = known ? architecture.parts?.[pattern]?.(description) : undefined;
  const names = parts === undefined || base === undefined ? [name] : parts.map((part) => `${base}.${part.name}.${kind}`);
  const heads = architecture.pairsHeads && known ? pairedHeads(pattern, description) : undefined;
  const storage = storageOf(tensor, file, heads);
  if (storage === null) return { names, tensors: null };
  if (heads !== undefined && rowsOf(tensor) % (2 * heads) !== 0) throw wrongRows(tensor, `those of ${heads} heads`);
  const layout = known ? architecture.byHeads?.[pattern] : undefined;
  if (layout !== undefined) return { names, tensors: [{ name, ...ofHeads(tensor, storage, layout === 'transposed') }] };
  const differs = {
    ...(known && kind === 'weight' && architecture.transposed?.includes(pattern) && { isTransposed: true as const }),
    ...(architecture.storesWholeGains && name.endsWith('norm.weight') && { isWholeGain: true as const }),
  };
  if (parts === undefined || base === undefined) {
    const isRow = known && architecture.rowVectors?.includes(pattern) && tensor.shape.length === 1;
    return { names, tensors: [{ name, shape: isRow ? [1, ...tensor.shape] : tensor.shape, storage, ...differs }] };
  }
  return { names, tensors: cutRows(tensor, storage, parts).map((part, i) => ({ ...part, ...differs, name: names[i] })) };
}

/** A number alone is a row. */
const rowsOf = ({ shape }: GgufTensor): number => shape[0] ?? 1;

/** A matrix [heads · outputs, inputs] that is stored head by head. @throws Problem `weights-invalid` */
function ofHeads({ name, shape }: GgufTensor, storage: GgufStorage, isTransposed: boolean): Pick<StoredTensor, 'shape' | 'storage'> {
  if (shape.length !== 3) {
    throw new Problem(
      'weights-invalid',
      `Tensor "${name}" has shape [${shape.join(', ')}], and not one matrix for each head, as llama.cpp stores it.`,
      'Other programs store it in other ways: choose a file that llama.cpp converted.',
    );
  }
  const [heads, rows, columns] = shape;
  return isTransposed
    ? { shape: [heads * columns, rows], storage: { ...storage, permuted: { shape, axes: [0, 2, 1] } } }
    : { shape: [heads * rows, columns], storage };
}

function parsed(name: string): { readonly pattern?: string; readonly layer: string; readonly kind: string } {
  const [, before, layer, after, kind] = /^(?:(blk\.)(\d+)(\.\w+)|\w+)\.(weight|bias)$/.exec(name) ?? [];
  if (kind === undefined) return { layer: '', kind: '' };
  return { pattern: before === undefined ? name.slice(0, -kind.length - 1) : `${before}*${after}`, layer: layer ?? '', kind };
}

function pairedHeads(pattern: string, { headCount, keyValueHeadCount }: GgufDescription): number | undefined {
  if (pattern === 'blk.*.attn_q') return headCount;
  return pattern === 'blk.*.attn_k' ? keyValueHeadCount : undefined;
}

function storageOf({ type, offset, byteLength }: GgufTensor, file: string, heads: number | undefined): GgufStorage | null {
  if (type === null) return null;
  const common = { bytes: { file, offset, byteLength }, ...(heads !== undefined && { pairedHeads: heads }) };
  return type === 'F32' || type === 'F16' || type === 'BF16'
    ? { kind: 'dense', dtype: type, ...common }
    : { kind: 'blocks', dtype: type, ...common };
}

/** Parts of a tensor, each with the bytes of its rows; what has one row is a vector. */
function cutRows(tensor: GgufTensor, storage: GgufStorage, parts: readonly RowPart[]): StoredTensor[] {
  const rows = rowsOf(tensor);
  const rest = tensor.shape.slice(1);
  const needed = parts.reduce((sum, part) => sum + part.rows, 0);
  if (rows !== needed) throw wrongRows(tensor, `the ${needed} of its ${parts.length} parts`);
  const bytes = storage.bytes.byteLength / rows;
  let from = 0;
  return parts.map(({ name, rows: count }) => {
    const range = { ...storage.bytes, offset: storage.bytes.offset + from * bytes, byteLength: count * bytes };
    from += count;
    return { name, shape: count === 1 && rest.length > 0 ? rest : [count, ...rest], storage: { ...storage, bytes: range } };
  });
}

function wrongRows(tensor: GgufTensor, needed: string): Problem {
  return new Problem(
    'weights-invalid',
    `Tensor "${tensor.name}" has ${rowsOf(tensor)} rows, which are not ${needed}.`,
    'The file is damaged: fetch it again.',
  );
}
