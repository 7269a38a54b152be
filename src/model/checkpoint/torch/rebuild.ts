/** Tensors as a pickle describes them: a window on numbers that are elsewhere in the file. */

/** What a pickle may hold: dictionaries are maps in the order in which they were filled, and may contain themselves. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleValue[]
  | Map<PickleValue, PickleValue>
  | TorchName
  | TorchTensor
  | Storage;

/** The name of a thing of torch, such as the type `torch.float16`. */
export class TorchName {
  /** @param name with its module in front */
  constructor(readonly name: string) {}
}

/** The numbers that one or several tensors show. */
export class Storage {
  private constructor(
    /** its name in the file */
    readonly key: string,
    /** type of its numbers as safetensors calls it; null: bytes, whose type each tensor says */
    readonly dtype: string | null,
    /** how many numbers it has; bytes, where the type is null */
    readonly length: number,
  ) {}

  /** From `('storage', type, key, place, length)`; undefined where it is described in another way, such as a view of another one. */
  static from(id: PickleValue): Storage | undefined {
    if (!Array.isArray(id)) return undefined;
    const [word, type, key, , length, view] = id;
    if (word !== 'storage' || !(type instanceof TorchName) || typeof key !== 'string' || !isCount(length)) return undefined;
    const dtype = namedType(type.name);
    return dtype === undefined || (view !== undefined && view !== null) ? undefined : new Storage(key, dtype, length);
  }
}

/** What is added to the type of a tensor that is not stored row by row, or whose numbers are not the stored ones. */
export const NOT_AS_STORED = ' in another order or sign';

/** A tensor of a file; `TorchFile.locate` says where its bytes are. */
export class TorchTensor {
  constructor(
    readonly storage: Storage,
    /** as safetensors calls it */
    readonly dtype: string,
    readonly shape: readonly number[],
    /** numbers from one index to the next, along each axis */
    readonly strides: readonly number[],
    /** the first of the storage's numbers */
    readonly first: number,
    /** whether its numbers are the stored ones; else they are those with the other sign, or conjugated */
    readonly isAsStored = true,
  ) {}
}

/** Axes that a tensor of torch has at most. */
const MAX_AXES = 64;

/**
 * From what a function of torch is called with; undefined where that is something else.
 * @param version of the function: `_rebuild_tensor_v3` is given a type before what says whether numbers are negated
 */
export function rebuildTensor(values: readonly PickleValue[], version: 2 | 3): TorchTensor | undefined {
  const [storage, first, shape, strides, , , ...rest] = values;
  const [type, marks] = version === 3 ? rest : [undefined, rest[0]];
  if (!(storage instanceof Storage) || !isCount(first) || !isCounts(shape) || !isCounts(strides)) return undefined;
  const dtype = storage.dtype ?? (type instanceof TorchName ? namedType(type.name) : undefined);
  if (typeof dtype !== 'string' || shape.length !== strides.length) return undefined;
  const isAsStored = !(marks instanceof Map) || !['neg', 'conj'].some((mark) => marks.get(mark) === true);
  return new TorchTensor(storage, dtype, shape, strides, first, isAsStored);
}

/** Types by the names that torch has for them, and for stores of them where there are such. */
const TYPES: ReadonlyMap<string, string> = new Map(
  [
    ['Float', 'float32', 'F32'],
    ['Double', 'float64', 'F64'],
    ['Half', 'float16', 'F16'],
    ['BFloat16', 'bfloat16', 'BF16'],
    ['Float8_e4m3fn', 'float8_e4m3fn', 'F8_E4M3'],
    ['Float8_e5m2', 'float8_e5m2', 'F8_E5M2'],
    ['', 'float8_e4m3fnuz', 'F8_E4M3FNUZ'],
    ['', 'float8_e5m2fnuz', 'F8_E5M2FNUZ'],
    ['', 'float8_e8m0fnu', 'F8_E8M0'],
    ['ComplexFloat', 'complex64', 'C64'],
    ['Long', 'int64', 'I64'],
    ['Int', 'int32', 'I32'],
    ['Short', 'int16', 'I16'],
    ['Char', 'int8', 'I8'],
    ['Byte', 'uint8', 'U8'],
    ['', 'uint16', 'U16'],
    ['', 'uint32', 'U32'],
    ['', 'uint64', 'U64'],
    ['Bool', 'bool', 'BOOL'],
  ].flatMap(([store, type, dtype]) => [...(store ? [[`torch.${store}Storage`, dtype] as const] : []), [`torch.${type}`, dtype] as const]),
);

/** The type that a name stands for; null for bytes of any type, undefined for a name that is none of a type. */
export function namedType(name: string): string | null | undefined {
  return name === 'torch.storage.UntypedStorage' ? null : TYPES.get(name);
}

const isCount = (value: PickleValue | undefined): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isCounts = (value: PickleValue | undefined): value is number[] =>
  Array.isArray(value) && value.length <= MAX_AXES && value.every(isCount);
