import { closeSync, openSync, readSync } from 'node:fs';
import { Problem } from '../../core/problem';
import type { ByteRange } from '../../model/checkpoint/byte-range';
import { BLOCKS } from '../../model/checkpoint/storage';
import { BlockKernel, type KernelType } from './block-kernel';

/** Rows of a matrix, as their file has them. */
export interface BlockRows {
  readonly dtype: KernelType;
  /** where these rows are, which lie one after the other */
  readonly bytes: ByteRange;
  /** numbers of a row: whole blocks */
  readonly columns: number;
  /** present where rows of heads of so many features are stored as llama.cpp wants them (see `DenseStorage.pairedHeads`): these are whole heads */
  readonly pairedFeatures?: number;
}

/** Weights that are read when they are needed: blocks, or numbers that are F32 already. */
export type StreamedWeight = BlockRows | { readonly dtype: 'F32'; readonly bytes: ByteRange };

/** Bytes that are read at once, so that a core's cache still has them when they are dequantised. */
const CHUNK = 1 << 20;

/** What addresses of numbers are multiples of. */
const ALIGNED = 64;

/** Reads weights as F32 into one memory, which each call uses again. */
export class WeightStream {
  private kernel = new BlockKernel();

  /**
   * The numbers of each weight, row by row, until the next call.
   *
   * @throws Problem `weights-invalid` when a file has become shorter than it was; RangeError when there is no memory for them
   */
  read(weights: readonly StreamedWeight[]): Float32Array[] {
    const places: { readonly at: number; readonly count: number }[] = [];
    let end = aligned(Math.max(CHUNK, ...weights.map((weight) => ('columns' in weight ? rowBytes(weight) : 0))));
    for (const weight of weights) {
      const count = numbersOf(weight);
      places.push({ at: end, count });
      end += aligned(4 * count);
    }
    this.kernel.reserve(end);
    for (const [i, weight] of weights.entries()) {
      withFile(weight.bytes.file, (file) => {
        if ('columns' in weight) this.dequantise(file, weight, places[i].at);
        else readFully(file, weight.bytes, this.kernel.bytes(places[i].at, weight.bytes.byteLength));
      });
    }
    return places.map(({ at, count }) => this.kernel.numbers(at, count));
  }

  /** Gives the memory back. */
  release(): void {
    this.kernel = new BlockKernel();
  }

  private dequantise(file: number, rows: BlockRows, to: number): void {
    const { dtype, bytes, columns, pairedFeatures } = rows;
    const size = rowBytes(rows);
    const blocks = columns / BLOCKS[dtype].numbers;
    const count = bytes.byteLength / size;
    const together = Math.max(1, Math.floor(CHUNK / size));
    for (let first = 0; first < count; first += together) {
      const length = Math.min(together, count - first);
      const chunk = { ...bytes, offset: bytes.offset + first * size, byteLength: length * size };
      readFully(file, chunk, this.kernel.bytes(0, chunk.byteLength));
      if (pairedFeatures === undefined) this.kernel.run(dtype, 0, length * blocks, to + 4 * first * columns);
      else
        for (let row = 0; row < length; row++) {
          this.kernel.run(dtype, row * size, blocks, to + 4 * unpaired(first + row, pairedFeatures) * columns);
        }
    }
  }
}

/** Where a row belongs of which pairs are stored one after the other: the first of each in the first half of its head. */
function unpaired(row: number, features: number): number {
  const within = row % features;
  return row - within + (within >> 1) + (within & 1) * (features / 2);
}

function rowBytes({ dtype, columns }: BlockRows): number {
  const { numbers, bytes } = BLOCKS[dtype];
  return (columns / numbers) * bytes;
}

function numbersOf(weight: StreamedWeight): number {
  const { byteLength } = weight.bytes;
  return 'columns' in weight ? (byteLength / rowBytes(weight)) * weight.columns : byteLength / 4;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNED) * ALIGNED;
}

function withFile(file: string, work: (file: number) => void): void {
  const opened = openSync(file, 'r');
  try {
    work(opened);
  } finally {
    closeSync(opened);
  }
}

function readFully(opened: number, { file, offset, byteLength }: ByteRange, into: Uint8Array): void {
  for (let done = 0; done < byteLength;) {
    const read = readSync(opened, into, done, byteLength - done, offset + done);
    if (read === 0) throw new Problem('weights-invalid', `${file} has become shorter.`, 'Fetch the checkpoint again.');
    done += read;
  }
}
