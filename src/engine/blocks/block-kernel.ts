import { BLOCKS, type BlockType } from '../../model/checkpoint/storage';
import { KERNEL } from './kernel-bytes';

/** What of WebAssembly is used here: its types come with a browser's, which Node's do not have. */
declare const WebAssembly: {
  readonly Memory: new (size: { readonly initial: number }) => { readonly buffer: ArrayBuffer; grow(pages: number): number };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
};

/** Bytes of a page of its memory. */
const PAGE = 1 << 16;

/** Turns blocks, which lie one after the other from one address of the memory on, into numbers from another on. */
type Dequantise = (from: number, blocks: number, to: number) => void;

/** The types of blocks that there is code for in `kernel.as`. */
const TYPES = ['Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q8_0', 'Q4_K', 'Q5_K', 'Q6_K'] as const satisfies readonly BlockType[];

/** A type of blocks that the kernel dequantises. */
export type KernelType = (typeof TYPES)[number];

/** Whether the kernel dequantises a type of blocks. */
export function isKernelType(type: BlockType): type is KernelType {
  return (TYPES as readonly BlockType[]).includes(type);
}

/**
 * Dequantises blocks several times faster than operators of a graph do, with the same bits: see `kernel.as`. Bytes and numbers share one memory,
 * which is as large as it ever had to be.
 */
export class BlockKernel {
  private readonly memory = new WebAssembly.Memory({ initial: 1 });
  private readonly dequantise: Readonly<Record<KernelType, Dequantise>>;

  constructor() {
    const { exports } = new WebAssembly.Instance(compiled(), { env: { memory: this.memory } });
    this.dequantise = exports as Record<KernelType, Dequantise>;
  }

  /** Makes sure that there are so many bytes. What `bytes` and `numbers` gave before is no longer the memory. @throws RangeError when there is no memory for them */
  reserve(bytes: number): void {
    const missing = bytes - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / PAGE));
  }

  /** So many bytes of the memory, until it grows. */
  bytes(from: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, from, length);
  }

  /** So many numbers in the memory, until it grows. @param from a multiple of 4 */
  numbers(from: number, length: number): Float32Array {
    return new Float32Array(this.memory.buffer, from, length);
  }

  /** Dequantises so many blocks. @param from where their bytes are @param to where their numbers shall be: `BLOCKS` says how many */
  run(type: KernelType, from: number, blocks: number, to: number): void {
    const end = Math.max(from + blocks * BLOCKS[type].bytes, to + 4 * blocks * BLOCKS[type].numbers);
    if (end > this.memory.buffer.byteLength) throw new RangeError(`The kernel's memory ends before ${end}.`);
    this.dequantise[type](from, blocks, to);
  }
}

let module: object | undefined;

function compiled(): object {
  module ??= new WebAssembly.Module(Buffer.from(KERNEL, 'base64'));
  return module;
}
