/** Checkpoints of any size with random 16-bit weights: speed and memory do not depend on the values. */
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';

/** A tensor to be written: a matrix of small random numbers, or a vector of ones (a norm's gain). */
export interface RandomTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** present for parts of packed weights (U8): random bytes, or one that is everywhere */
  readonly bytes?: 'random' | number;
}

/** Bytes of a shard: as published checkpoints have it, below 5 GB. */
const SHARD_BYTES = 4.9e9;

/** All numbers come from one buffer of this many, read from changing offsets. */
const POOL = 1 << 25;

/** 1, and how many bits the fraction of a number has, whose exponent stands above them. */
const TYPES = { F16: { one: 0x3c00, fraction: 10, exponent: 9 }, BF16: { one: 0x3f80, fraction: 7, exponent: 121 } } as const;

/** Types of 16 bits. */
export type NarrowType = keyof typeof TYPES;

/**
 * Writes tensors of a type of 16 bits into `model-00001-of-0000N.safetensors` and so on, with their index, and `config.json` beside
 * them.
 */
export function writeRandomShards(folder: string, tensors: readonly RandomTensor[], config: object, dtype: NarrowType = 'F16'): void {
  const shards: RandomTensor[][] = [[]];
  let inShard = 0;
  for (const tensor of tensors) {
    if (inShard > 0 && inShard + bytes(tensor) > SHARD_BYTES) {
      shards.push([]);
      inShard = 0;
    }
    shards[shards.length - 1].push(tensor);
    inShard += bytes(tensor);
  }
  const pool = randomHalves(POOL, dtype);
  const map: Record<string, string> = {};
  shards.forEach((shard, i) => {
    const five = (n: number) => String(n).padStart(5, '0');
    const file = `model-${five(i + 1)}-of-${five(shards.length)}.safetensors`;
    writeShard(path.join(folder, file), shard, pool, dtype);
    for (const { name } of shard) map[name] = file;
  });
  const total_size = tensors.reduce((sum, tensor) => sum + bytes(tensor), 0);
  writeFileSync(path.join(folder, 'model.safetensors.index.json'), JSON.stringify({ metadata: { total_size }, weight_map: map }));
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config, null, 2));
}

function writeShard(file: string, tensors: readonly RandomTensor[], pool: Uint16Array, dtype: NarrowType): void {
  let end = 0;
  const entries = tensors.map((tensor) => {
    const from = end;
    end += bytes(tensor);
    return [tensor.name, { dtype: tensor.bytes === undefined ? dtype : 'U8', shape: tensor.shape, data_offsets: [from, end] }] as const;
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const out = openSync(file, 'w');
  writeSync(out, length);
  writeSync(out, header);
  const random = new Uint8Array(pool.buffer);
  for (const { shape, bytes: given } of tensors) {
    let left = shape.reduce((product, size) => product * size, 1);
    if (typeof given === 'number') {
      writeSync(out, new Uint8Array(left).fill(given));
      continue;
    }
    if (shape.length === 1) {
      writeSync(out, new Uint16Array(left).fill(TYPES[dtype].one));
      continue;
    }
    while (left > 0) {
      const from = Math.floor(Math.random() * (POOL / 2));
      const source = given === undefined ? pool : random;
      const part = source.subarray(from, Math.min(POOL, from + left));
      writeSync(out, part);
      left -= part.length;
    }
  }
  closeSync(out);
}

function bytes({ shape, bytes: given }: RandomTensor): number {
  return (given === undefined ? 2 : 1) * shape.reduce((product, size) => product * size, 1);
}

/** Random numbers between 2⁻⁶ and 2⁻⁵ in size, of either sign: sign, exponent (−6 and the type's bias), random bits. */
function randomHalves(count: number, dtype: NarrowType): Uint16Array {
  const { fraction, exponent } = TYPES[dtype];
  const halves = new Uint16Array(count);
  for (let i = 0; i < count; i++) {
    const random = Math.floor(Math.random() * (2 << fraction));
    const sign = (random >> fraction) << 15;
    halves[i] = sign | (exponent << fraction) | (random & ((1 << fraction) - 1));
  }
  return halves;
}
