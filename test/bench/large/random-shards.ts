/** Checkpoints of any size with random 16-bit weights: speed and memory do not depend on the values. */
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';

/** A tensor to be written: a matrix of small random numbers, or a vector of ones (a norm's gain). */
export interface RandomTensor {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Bytes of a shard: as published checkpoints have it, below 5 GB. */
const SHARD_BYTES = 4.9e9;

/** All numbers come from one buffer of this many, read from changing offsets. */
const POOL = 1 << 25;

const F16_ONE = 0x3c00;

/** Writes tensors as F16 into `model-00001-of-0000N.safetensors` and so on, with their index, and `config.json` beside them. */
export function writeRandomShards(folder: string, tensors: readonly RandomTensor[], config: object): void {
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
  const pool = randomHalves(POOL);
  const map: Record<string, string> = {};
  shards.forEach((shard, i) => {
    const five = (n: number) => String(n).padStart(5, '0');
    const file = `model-${five(i + 1)}-of-${five(shards.length)}.safetensors`;
    writeShard(path.join(folder, file), shard, pool);
    for (const { name } of shard) map[name] = file;
  });
  const total_size = tensors.reduce((sum, tensor) => sum + bytes(tensor), 0);
  writeFileSync(path.join(folder, 'model.safetensors.index.json'), JSON.stringify({ metadata: { total_size }, weight_map: map }));
  writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config, null, 2));
}

function writeShard(file: string, tensors: readonly RandomTensor[], pool: Uint16Array): void {
  let end = 0;
  const entries = tensors.map((tensor) => {
    const from = end;
    end += bytes(tensor);
    return [tensor.name, { dtype: 'F16', shape: tensor.shape, data_offsets: [from, end] }] as const;
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const out = openSync(file, 'w');
  writeSync(out, length);
  writeSync(out, header);
  for (const { shape } of tensors) {
    let left = shape.reduce((product, size) => product * size, 1);
    if (shape.length === 1) {
      writeSync(out, new Uint16Array(left).fill(F16_ONE));
      continue;
    }
    while (left > 0) {
      const from = Math.floor(Math.random() * (POOL / 2));
      const part = pool.subarray(from, Math.min(POOL, from + left));
      writeSync(out, part);
      left -= part.length;
    }
  }
  closeSync(out);
}

function bytes({ shape }: RandomTensor): number {
  return 2 * shape.reduce((product, size) => product * size, 1);
}

/** Random numbers between 2⁻⁶ and 2⁻⁵ in size, of either sign, as F16: sign, exponent 9 (bias 15), ten random bits. */
function randomHalves(count: number): Uint16Array {
  const halves = new Uint16Array(count);
  for (let i = 0; i < count; i++) {
    const random = Math.floor(Math.random() * 2048);
    halves[i] = ((random & 1024) << 5) | (9 << 10) | (random & 1023);
  }
  return halves;
}
