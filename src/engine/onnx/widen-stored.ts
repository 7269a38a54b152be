/** Numbers of 16 bits as F32, read from their file once. Exact, and so the same as what onnxruntime makes of them. */
import { open } from 'node:fs/promises';
import { endianness } from 'node:os';
import { Problem } from '../../core/problem';
import type { DenseStorage, WeightType } from '../../model/checkpoint/storage';

/** Bytes read at once. */
const CHUNK = 1 << 22;

/**
 * The values of a tensor.
 *
 * @throws Problem `weights-invalid` when the file has become shorter than it was; RangeError when there is no memory for them
 */
export async function widenStored({ bytes: { file, offset, byteLength }, dtype }: DenseStorage): Promise<Float32Array> {
  const values = new Float32Array(byteLength / 2);
  const widen = WIDEN[dtype as keyof typeof WIDEN](new Uint32Array(values.buffer));
  const chunk = Buffer.alloc(Math.min(CHUNK, byteLength));
  const handle = await open(file);
  try {
    for (let from = 0; from < byteLength; from += CHUNK) {
      const length = Math.min(CHUNK, byteLength - from);
      const { bytesRead } = await handle.read(chunk, 0, length, offset + from);
      if (bytesRead < length) throw new Problem('weights-invalid', `${file} has become shorter.`, 'Fetch the checkpoint again.');
      if (endianness() === 'BE') chunk.swap16();
      widen(new Uint16Array(chunk.buffer, chunk.byteOffset, length / 2), from / 2);
    }
  } finally {
    await handle.close();
  }
  return values;
}

/** By type: puts the bits of some numbers at an index of those of all. */
const WIDEN: Readonly<Record<Exclude<WeightType, 'F32'>, (into: Uint32Array) => (numbers: Uint16Array, at: number) => void>> = {
  BF16: (into) => (numbers, at) => {
    for (let i = 0; i < numbers.length; i++) into[at + i] = numbers[i] << 16;
  },
  F16: (into) => {
    const bits = bitsOfHalves();
    return (numbers, at) => {
      for (let i = 0; i < numbers.length; i++) into[at + i] = bits[numbers[i]];
    };
  },
};

let halves: Uint32Array | undefined;

/** The bits of every F16 as F32. */
function bitsOfHalves(): Uint32Array {
  halves ??= widenedHalves();
  return halves;
}

function widenedHalves(): Uint32Array {
  const all = new Uint32Array(1 << 16);
  // A fraction without a leading 1 is a number that F32 has one for: its bits are read off.
  const number = new Float32Array(1);
  const bits = new Uint32Array(number.buffer);
  for (let half = 0; half < all.length; half++) {
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    number[0] = fraction * 2 ** -24;
    const magnitude = exponent === 0 ? bits[0] : ((exponent === 0x1f ? 0xff : exponent + 112) << 23) + (fraction << 13);
    all[half] = ((half & 0x8000) << 16) | magnitude;
  }
  return all;
}
