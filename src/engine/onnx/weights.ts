import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Problem } from '../../core/problem';
import type { StoredTensor } from '../../model/checkpoint/checkpoint';
import type { ByteRange } from '../../model/checkpoint/byte-range';
import { filesOf, isKeepable, isQuantised, isWidened } from '../../model/checkpoint/storage';
import { isKernelType } from '../blocks/block-kernel';
import { rowsStoredTogether, STREAMED_AT_ONCE } from '../memory/row-slices';
import type { ReadWeight } from './stages';
import { widenStored } from './widen-stored';

/** Where the graphs find their weights. */
export class Weights {
  /** Folder that holds every weight file, directly or below it: onnxruntime opens nothing outside of it. */
  readonly root: string;
  /** Whether some are dequantised at every use: then the rest is too little to be worth repacking. */
  readonly areQuantised: boolean;
  /** tensors that are fed to graphs as F32, each read when it is first needed */
  private readonly inMemory = new Map<string, { values?: Promise<Float32Array> }>();
  /** rows that are read when they are needed, by the names of the inputs that stand for them */
  private readonly streamed = new Map<string, ReadWeight>();
  private takenWhole = false;

  /** @param streamedAtOnce numbers that are read as F32 for one stage of a graph */
  constructor(
    private readonly tensors: ReadonlyMap<string, StoredTensor>,
    readonly streamedAtOnce = STREAMED_AT_ONCE,
  ) {
    this.root = commonFolder([
      ...new Set([...tensors.values()].flatMap(({ storage }) => filesOf(storage)).map((file) => path.dirname(file))),
    ]);
    this.areQuantised = [...tensors.values()].some(({ storage }) => isQuantised(storage));
  }

  /** @throws Problem `weights-missing` */
  get(tensor: string): StoredTensor {
    const location = this.tensors.get(tensor);
    if (location === undefined) throw new Problem('weights-missing', `The checkpoint has no tensor ${tensor}.`);
    return location;
  }

  /** Whether graphs are fed a tensor's values from memory; else they map its bytes. */
  isInMemory(tensor: string): boolean {
    return !this.takenWhole && this.inMemory.has(tensor);
  }

  /**
   * What `build` makes where the weights of a graph are copied once, F32, to a device or, those of a small model, into their repacked
   * graph: the graph maps them all, and nothing is sliced to be widened in pieces.
   */
  copiedWhole<T>(build: () => T): T {
    this.takenWhole = true;
    try {
      return build();
    } finally {
      this.takenWhole = false;
    }
  }

  /** Whether such a graph is being built; see `copiedWhole`. */
  get areCopiedWhole(): boolean {
    return this.takenWhole;
  }

  /** Whether graphs map bytes that they have to widen at every use. */
  get mapsNarrow(): boolean {
    return [...this.tensors.values()].some(({ name, storage }) => isWidened(storage) && !this.inMemory.has(name));
  }

  /** Keeps in memory those of some tensors that would have to be widened at every use, and no others. */
  keepInMemory(isKept: (tensor: string) => boolean): void {
    const before = this.bytesInMemory;
    for (const { name, storage } of this.tensors.values()) {
      if (!isKept(name)) this.inMemory.delete(name);
      else if (isKeepable(storage) && !this.inMemory.has(name)) this.inMemory.set(name, {});
    }
    if (this.bytesInMemory < before) collectGarbage();
  }

  /** Bytes that tensors in memory take so far. */
  get bytesInMemory(): number {
    let bytes = 0;
    for (const [name, { values }] of this.inMemory) if (values) bytes += 4 * this.get(name).shape.reduce((a, b) => a * b, 1);
    return bytes;
  }

  /**
   * The values of a tensor in memory, read from its file at the first time.
   *
   * @throws Problem `weights-invalid`, `internal` for one that is not in memory; RangeError when there is no memory for it
   */
  values(tensor: string): Promise<Float32Array> {
    const kept = this.inMemory.get(tensor);
    if (kept === undefined) throw new Problem('internal', `${tensor} is not kept in memory.`);
    const { storage } = this.get(tensor);
    if (!isKeepable(storage)) throw new Problem('internal', `${tensor} cannot be kept in memory.`);
    if (kept.values === undefined) {
      kept.values = widenStored(storage);
      // A failure is not kept, so that the next call tries again.
      kept.values.catch(() => delete kept.values);
    }
    return kept.values;
  }

  /** Whether graphs are fed rows of a tensor as F32 that are read when they are needed, and given up after that; see `streamedRows`. */
  isStreamed(tensor: string): boolean {
    const { shape, storage } = this.get(tensor);
    const isMatrix = shape.length === 2 && storage.kind === 'blocks' && storage.permuted === undefined;
    return isMatrix && isKernelType(storage.dtype) && !this.takenWhole && !this.isInMemory(tensor);
  }

  /**
   * Names some rows of such a tensor, as the input of graphs that stands for them. [length,columns]
   *
   * @param from like `length`, a multiple of the rows that are stored together
   */
  streamedRows(tensor: string, from: number, length: number): string {
    const {
      shape: [rows, columns],
      storage,
    } = this.get(tensor);
    if (storage.kind !== 'blocks' || !isKernelType(storage.dtype)) throw new Problem('internal', `${tensor} cannot be streamed.`);
    const { dtype, bytes, pairedHeads } = storage;
    const rowBytes = bytes.byteLength / rows;
    const range = { file: bytes.file, offset: bytes.offset + from * rowBytes, byteLength: length * rowBytes };
    const paired = pairedHeads === undefined ? {} : { pairedFeatures: rowsStoredTogether(storage, rows) };
    const name = `${tensor} from ${from} to ${from + length}`;
    this.streamed.set(name, { shape: [length, columns], weight: { dtype, bytes: range, columns, ...paired } });
    return name;
  }

  /** Whether any are, in some graph so far. */
  get streamsAny(): boolean {
    return this.streamed.size > 0;
  }

  /** What an input of a graph stands for, if it is rows that are streamed. */
  streamedAs(input: string): ReadWeight | undefined {
    return this.streamed.get(input);
  }

  /** A file as a path below `root`, with forward slashes. */
  relativeFile({ file }: ByteRange): string {
    return path.relative(this.root, file).split(path.sep).join('/');
  }

  /** The bytes that a graph's reference to a file means: `location`, `offset` and `length`. */
  rangeOf(reference: readonly { readonly key: string; readonly value: string }[]): ByteRange {
    const { location, offset, length } = Object.fromEntries(reference.map(({ key, value }) => [key, value]));
    return { file: path.join(this.root, location), offset: Number(offset), byteLength: Number(length) };
  }
}

/** Large buffers that are merely forgotten would stay until some later collection, and with them the memory that others wait for. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** The deepest folder that contains all of these folders. */
function commonFolder(folders: readonly string[]): string {
  const [first = '.', ...others] = folders;
  let common = first;
  while (others.some((folder) => path.relative(common, folder).split(path.sep)[0] === '..')) common = path.dirname(common);
  return common;
}
